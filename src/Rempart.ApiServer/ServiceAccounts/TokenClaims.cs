using System.Text.Json.Serialization;

namespace Rempart.ApiServer.ServiceAccounts;

/// <summary>What a service account's token says, in kube-apiserver's words.</summary>
internal sealed record TokenClaims
{
    /// <summary>Who made it.</summary>
    public required string Iss { get; init; }

    /// <summary>The user, <c>system:serviceaccount:NAMESPACE:NAME</c>.</summary>
    public required string Sub { get; init; }

    /// <summary>For whom it is good.</summary>
    public required IReadOnlyList<string> Aud { get; init; }

    /// <summary>When it ends, in seconds since 1970.</summary>
    public required long Exp { get; init; }

    /// <summary>When it was made.</summary>
    public required long Iat { get; init; }

    /// <summary>From when on it is good.</summary>
    public required long Nbf { get; init; }

    /// <summary>Its id, for the audit trail.</summary>
    public required string Jti { get; init; }

    /// <summary>The objects with which it ends.</summary>
    [JsonPropertyName("kubernetes.io")]
    public required TokenObjects Objects { get; init; }

    /// <summary>The id as credentials are named in the trail and in <c>authentication.kubernetes.io/credential-id</c>.</summary>
    [JsonIgnore]
    public string CredentialId => $"JTI={Jti}";
}
