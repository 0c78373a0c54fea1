using System.Globalization;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Registry;

/// <summary>Refusals in the words and shapes of kube-apiserver (k8s.io/apimachinery/pkg/api/errors), which clients parse.</summary>
internal static class Failures
{
    public static ApiException NotFound(KindInfo kind, string name) =>
        About(kind, name, 404, StatusReason.NotFound, $"{kind.GroupResource} \"{name}\" not found");

    public static ApiException AlreadyExists(KindInfo kind, string name) =>
        About(kind, name, 409, StatusReason.AlreadyExists, $"{kind.GroupResource} \"{name}\" already exists");

    public static ApiException GenerateNameTaken(KindInfo kind, string name) =>
        ApiException.Failure(409, StatusReason.AlreadyExists, $"{kind.GroupResource} \"{name}\" already exists, the server was not able to generate a unique name for the object",
            new StatusDetails { Name = name, Group = Empty(kind.Group), Kind = kind.Plural, RetryAfterSeconds = 1 });

    /// <summary>504: the request's time is over. Whether a change that it asked for was made is unknown to the caller.</summary>
    public static ApiException TimeOver() => ApiException.Failure(504, StatusReason.Timeout, "Timeout: request did not complete within the allotted timeout", new StatusDetails());

    public static ApiException Conflict(KindInfo kind, string name, string why, IReadOnlyList<StatusCause>? causes = null) =>
        About(kind, name, 409, StatusReason.Conflict, $"Operation cannot be fulfilled on {kind.GroupResource} \"{name}\": {why}", causes);

    public static ApiException Modified(KindInfo kind, string name) =>
        Conflict(kind, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static ApiException Forbidden(KindInfo kind, string? name, string why, IReadOnlyList<StatusCause>? causes = null) =>
        About(kind, name, 403, StatusReason.Forbidden, name is null ? $"{kind.GroupResource} is forbidden: {why}" : $"{kind.GroupResource} \"{name}\" is forbidden: {why}", causes);

    /// <summary>422 with every broken rule.</summary>
    public static ApiException Invalid(KindInfo kind, string name, IReadOnlyList<StatusCause> causes)
    {
        var sentences = causes.Select(c => c.Field is null ? c.Message : $"{c.Field}: {c.Message}").ToList();
        var list = sentences.Count == 1 ? sentences[0] : $"[{string.Join(", ", sentences)}]";
        return ApiException.Failure(422, StatusReason.Invalid, $"{kind.Kind} \"{name}\" is invalid: {list}",
            new StatusDetails { Name = name, Group = Empty(kind.Group), Kind = kind.Kind, Causes = causes });
    }

    /// <summary>422 when parameters or options of a request contradict each other (kind <c>ListOptions</c> and its like of meta.k8s.io).</summary>
    public static ApiException InvalidOptions(string options, FieldErrors errors) =>
        new(errors.ToStatus(new KindInfo { Group = "meta.k8s.io", Version = "v1", Kind = options, Plural = "", Namespaced = false, ClrType = typeof(void) }, ""));

    public static void ThrowIfAny(string options, FieldErrors errors)
    {
        if (errors.Count > 0) throw InvalidOptions(options, errors);
    }

    public static ApiException BadRequest(string why) => ApiException.Failure(400, StatusReason.BadRequest, why);

    public static ApiException Unauthorized() => ApiException.Failure(401, StatusReason.Unauthorized, "Unauthorized");

    public static ApiException UnknownPath() =>
        ApiException.Failure(404, StatusReason.NotFound, "the server could not find the requested resource", new StatusDetails());

    public static ApiException MethodNotAllowed(string? why = null) =>
        ApiException.Failure(405, StatusReason.MethodNotAllowed, why ?? "the server does not allow this method on the requested resource", new StatusDetails());

    public static ApiException NotAcceptable() => ApiException.Failure(406, StatusReason.NotAcceptable,
        "only the following media types are accepted: application/json, application/json;as=Table;g=meta.k8s.io;v=v1, application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");

    public static ApiException UnsupportedMediaType(string why) => ApiException.Failure(415, StatusReason.UnsupportedMediaType, why);

    public static ApiException TooLarge(long limit) =>
        ApiException.Failure(413, StatusReason.RequestEntityTooLarge, string.Create(CultureInfo.InvariantCulture, $"Request entity too large: limit is {limit} bytes; send less at once (bytes of images go to `images/NAME/upload`: `rempart image upload`)"));

    public static ApiException TooManyRequests(string why, int seconds) =>
        ApiException.Failure(429, StatusReason.TooManyRequests, why, new StatusDetails { RetryAfterSeconds = seconds });

    public static ApiException Expired(string why) => ApiException.Failure(410, StatusReason.Expired, why);

    /// <summary>410 for a list that can't be gone on with as it began, with a token for its rest as it is now.</summary>
    public static ApiException ContinueExpired(string after) => new(new ApiStatus
    {
        Status = "Failure", Code = 410, Reason = StatusReason.Expired, Metadata = new ListMeta { Continue = new ContinueToken(ContinueToken.AnyRevision, after).ToString() },
        Message = "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
            + "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
    });

    public static ApiException TooLargeResourceVersion(long wanted, long current) =>
        ApiException.Failure(504, StatusReason.Timeout, $"Timeout: Too large resource version: {wanted}, current: {current}", new StatusDetails
        {
            Causes = [new StatusCause { Reason = "ResourceVersionTooLarge", Message = "Too large resource version" }],
            RetryAfterSeconds = 1,
        });

    public static ApiException Unavailable(string why, Exception? inner) => new(new ApiStatus
    {
        Status = "Failure", Code = 503, Reason = StatusReason.ServiceUnavailable, Message = why, Details = new StatusDetails { RetryAfterSeconds = 1 },
    }, inner);

    /// <summary>507 (RFC 4918): a disk is full. Not to be repeated by itself: somebody must make room, and should be told at once.</summary>
    public static ApiException NoRoom(string why, Exception? inner) => new(new ApiStatus { Status = "Failure", Code = 507, Reason = StatusReason.InsufficientStorage, Message = why }, inner);

    public static ApiException Internal(string why, Exception? inner) => new(new ApiStatus
    {
        Status = "Failure", Code = 500, Reason = StatusReason.InternalError, Message = $"Internal error occurred: {why}",
        Details = new StatusDetails { Causes = [new StatusCause { Message = why }] },
    }, inner);

    private static ApiException About(KindInfo kind, string? name, int code, string reason, string message, IReadOnlyList<StatusCause>? causes = null) =>
        ApiException.Failure(code, reason, message, new StatusDetails { Name = name, Group = Empty(kind.Group), Kind = kind.Plural, Causes = causes });

    private static string? Empty(string group) => group.Length == 0 ? null : group;
}
