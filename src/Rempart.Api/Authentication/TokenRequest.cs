using Rempart.Api.Meta;

namespace Rempart.Api.Authentication;

/// <summary>Asks for a token of a service account: what is sent to, and answered by, its subresource <c>token</c>.</summary>
[ApiKind("authentication.k8s.io", "v1", "tokenrequests", Virtual = true)]
public sealed record TokenRequest : ApiObject
{
    /// <summary>What the token is to be like.</summary>
    public TokenRequestSpec? Spec { get; init; }

    /// <summary>The token.</summary>
    public TokenRequestStatus? Status { get; init; }
}
