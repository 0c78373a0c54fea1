namespace Rempart.Protocols.Grpc;

/// <summary>Makes something of a message; must copy what it keeps.</summary>
/// <typeparam name="T">What is made.</typeparam>
/// <param name="message">The message, valid during the call only.</param>
public delegate T GrpcParser<out T>(ReadOnlySpan<byte> message);
