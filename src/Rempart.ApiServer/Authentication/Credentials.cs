using Rempart.Api.Meta;

namespace Rempart.ApiServer.Authentication;

/// <summary>Words shared by the authenticators.</summary>
internal static class Credentials
{
    public const string Certificate = "certificate";
    public const string Anonymous = "anonymous";
    public const string Authenticated = "system:authenticated";

    /// <summary>401: a credential is there and wrong.</summary>
    public static ApiException Refused(string why) => ApiException.Failure(401, StatusReason.Unauthorized, $"Unauthorized: {why}");
}
