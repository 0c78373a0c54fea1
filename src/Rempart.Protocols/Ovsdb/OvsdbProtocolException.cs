namespace Rempart.Protocols.Ovsdb;

/// <summary>The peer said something that RFC 7047 does not allow, or more than the bounds allow. The connection is of no more use.</summary>
public sealed class OvsdbProtocolException(string message) : IOException(message);
