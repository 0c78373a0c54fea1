using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.ServiceAccounts;

/// <summary>Service accounts as users, named as in Kubernetes.</summary>
internal static class ServiceAccountUser
{
    /// <summary>Value of <see cref="Caller.Method"/>.</summary>
    public const string Method = "service-account-token";

    /// <summary>The group of all of them.</summary>
    public const string Everyone = "system:serviceaccounts";

    private const string CredentialId = "authentication.kubernetes.io/credential-id";

    public static string Name(string ns, string name) => $"system:serviceaccount:{ns}:{name}";

    /// <summary>The user that a token stands for.</summary>
    public static Caller Of(TokenClaims claims)
    {
        var objects = claims.Objects;
        var extra = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { [CredentialId] = [claims.CredentialId] };
        Add(extra, "pod", objects.Pod);
        Add(extra, "node", objects.Node);
        return new Caller
        {
            Name = claims.Sub,
            Uid = objects.ServiceAccount.Uid,
            Groups = [Everyone, $"{Everyone}:{objects.Namespace}", Authentication.Credentials.Authenticated],
            Method = Method,
            Credential = claims.CredentialId,
            Extra = extra,
        };
    }

    private static void Add(Dictionary<string, IReadOnlyList<string>> extra, string kind, TokenObject? bound)
    {
        if (bound is null) return;
        extra[$"authentication.kubernetes.io/{kind}-name"] = [bound.Name];
        extra[$"authentication.kubernetes.io/{kind}-uid"] = [bound.Uid];
    }
}
