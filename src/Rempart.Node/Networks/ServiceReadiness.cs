namespace Rempart.Node.Networks;

/// <param name="UnixSocket">the service is ready when this socket accepts a connection.</param>
internal sealed record ServiceReadiness(string UnixSocket);
