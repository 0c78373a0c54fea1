namespace Rempart.Protocols.Grpc;

/// <summary>A call that failed.</summary>
public sealed class GrpcException(GrpcStatus status, string message, Exception? inner) : Exception(message, inner)
{
    /// <summary>What the server said, or <see cref="GrpcStatus.Unavailable"/> or <see cref="GrpcStatus.DeadlineExceeded"/> when nothing was heard.</summary>
    public GrpcStatus Status { get; } = status;

    /// <summary>The server can't have seen the request: there was no connection to send it on.</summary>
    public bool IsUnsent { get; init; }

    /// <summary>The answer was not taken because it is larger than was allowed.</summary>
    public bool IsTooLarge { get; init; }
}
