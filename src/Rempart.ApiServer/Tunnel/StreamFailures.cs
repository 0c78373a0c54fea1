using Rempart.Api.Meta;
using Rempart.Api.Tunnel;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Tunnel;

/// <summary>What a node's refusal of a stream is for the caller.</summary>
internal static class StreamFailures
{
    public static ApiException Of(KindInfo kind, string name, string node, StreamEnd end)
    {
        var message = end.Message ?? "it did not say why";
        switch (end.Reason)
        {
            case "DigestMismatch":
                return Failures.Invalid(kind, name, [Cause("spec.digest", message)]);
            case "Refused":
                return Failures.Invalid(kind, name, [Cause("spec", message)]);
            case "TooLarge":
                return ApiException.Failure(413, StatusReason.RequestEntityTooLarge, message);
            case "Conflict" or StreamEnd.NotAvailable:
                return Failures.Conflict(kind, name, message);
            case "NoSpace":
                return Failures.NoRoom($"node `{node}`: {message}", null);
            case "Busy" or "Unreachable":
                return Failures.Unavailable($"node `{node}`: {message}", null);
            case StreamEnd.TicketRefused:
                return ApiException.Failure(502, StatusReason.InternalError, $"node `{node}` did not accept the ticket of the stream: {message}");
            default:
                return ApiException.Failure(502, StatusReason.InternalError, $"node `{node}` failed: {message}");
        }
    }

    private static StatusCause Cause(string field, string message) => new() { Reason = "FieldValueInvalid", Field = field, Message = $"Invalid value: {message}" };
}
