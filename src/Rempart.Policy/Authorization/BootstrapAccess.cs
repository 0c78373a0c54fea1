namespace Rempart.Policy.Authorization;

/// <summary>What the holder of a node bootstrap token may do: ask for that node's certificate, and nothing else.</summary>
public static class BootstrapAccess
{
    /// <summary>Value of <see cref="Caller.Method"/> of such a caller.</summary>
    public const string Method = "bootstrap-token";

    /// <summary>Decides a request of a token's holder.</summary>
    /// <param name="request">The request.</param>
    public static AccessDecision Decide(AccessRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request is { Verb: "create", Group: "certificates.k8s.io", Resource: "certificatesigningrequests", Subresource: null } or { Verb: "get", Resource: null, Path: "/livez" or "/readyz" or "/version" }
            ? new AccessDecision(true, "bootstrap token: a certificate request; the signer looks at the name")
            : new AccessDecision(false, "a bootstrap token serves to ask for a node's certificate, and for nothing else");
    }
}
