using Rempart.Api.Meta;

namespace Rempart.Testing.Api;

internal static class FakeFailure
{
    public static ApiException Expired() => Refused(410, StatusReason.Expired, "the version is too old, list again");

    public static ApiException Refused(int code, string reason, string message) => ApiException.Failure(code, reason, message);
}
