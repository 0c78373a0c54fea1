namespace Rempart.Protocols.Protobuf;

/// <summary>Bytes that are no message.</summary>
public sealed class ProtoFormatException(string message) : Exception(message);
