namespace Rempart.Api.Meta;

/// <summary>A request that ends in a failure <see cref="ApiStatus"/>; thrown by the server's stages and by the client alike.</summary>
public sealed class ApiException : Exception
{
    /// <summary>Wraps a Status.</summary>
    /// <param name="status">The failure.</param>
    public ApiException(ApiStatus status) : base(status.Message) => Status = status;

    /// <summary>Wraps a Status with what caused it.</summary>
    /// <param name="status">The failure.</param>
    /// <param name="inner">Cause, for logs only.</param>
    public ApiException(ApiStatus status, Exception? inner) : base(status.Message, inner) => Status = status;

    /// <summary>The failure as it goes over the wire.</summary>
    public ApiStatus Status { get; }

    /// <summary>HTTP status code.</summary>
    public int Code => Status.Code ?? 500;

    /// <summary>Makes a failure.</summary>
    /// <param name="code">HTTP status code.</param>
    /// <param name="reason">A <see cref="StatusReason"/>.</param>
    /// <param name="message">Sentence for people.</param>
    /// <param name="details">Object and causes.</param>
    public static ApiException Failure(int code, string reason, string message, StatusDetails? details = null) =>
        new(new ApiStatus { Status = "Failure", Code = code, Reason = reason, Message = message, Details = details });
}
