namespace Rempart.Api.Meta;

/// <summary>Values of <see cref="ApiStatus.Reason"/>, as kube-apiserver uses them.</summary>
public static class StatusReason
{
    /// <summary>401.</summary>
    public const string Unauthorized = "Unauthorized";

    /// <summary>403.</summary>
    public const string Forbidden = "Forbidden";

    /// <summary>404.</summary>
    public const string NotFound = "NotFound";

    /// <summary>409: the name is taken.</summary>
    public const string AlreadyExists = "AlreadyExists";

    /// <summary>409: the object has changed since it was read.</summary>
    public const string Conflict = "Conflict";

    /// <summary>410: the resourceVersion is too old, list again.</summary>
    public const string Expired = "Expired";

    /// <summary>422: the object breaks rules of its kind.</summary>
    public const string Invalid = "Invalid";

    /// <summary>400: the request can't be read.</summary>
    public const string BadRequest = "BadRequest";

    /// <summary>405.</summary>
    public const string MethodNotAllowed = "MethodNotAllowed";

    /// <summary>406.</summary>
    public const string NotAcceptable = "NotAcceptable";

    /// <summary>415.</summary>
    public const string UnsupportedMediaType = "UnsupportedMediaType";

    /// <summary>413.</summary>
    public const string RequestEntityTooLarge = "RequestEntityTooLarge";

    /// <summary>429.</summary>
    public const string TooManyRequests = "TooManyRequests";

    /// <summary>500.</summary>
    public const string InternalError = "InternalError";

    /// <summary>503.</summary>
    public const string ServiceUnavailable = "ServiceUnavailable";

    /// <summary>507: a disk is full; not one of Kubernetes' own.</summary>
    public const string InsufficientStorage = "InsufficientStorage";

    /// <summary>504.</summary>
    public const string Timeout = "Timeout";
}
