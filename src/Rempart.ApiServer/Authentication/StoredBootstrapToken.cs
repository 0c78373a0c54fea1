using System.Globalization;
using System.Text;
using Rempart.Api.Core;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Authentication;

/// <summary>A bootstrap token at rest: a Secret in <c>kube-system</c>.</summary>
/// <param name="Id">The token's id.</param>
/// <param name="Hash">SHA-256 of the token.</param>
/// <param name="Expires">When it ends.</param>
/// <param name="Node">The node that it serves; null until the first use when it serves any.</param>
/// <param name="Key">Digest of the key that it was used for, null before.</param>
public sealed record StoredBootstrapToken(string Id, byte[] Hash, DateTimeOffset Expires, string? Node, string? Key)
{
    /// <summary>Namespace of the Secrets.</summary>
    public const string Namespace = "kube-system";

    /// <summary>Type of the Secrets.</summary>
    public const string Type = "rempart.dev/bootstrap-token";

    /// <summary>Name of the Secret of a token.</summary>
    /// <param name="id">The token's id.</param>
    public static string NameOf(string id) => $"bootstrap-token-{id}";

    /// <summary>Reads a Secret; null when it holds no token.</summary>
    /// <param name="secret">The Secret.</param>
    public static StoredBootstrapToken? Read(Secret secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        return secret is { Type: Type, Metadata.DeletionTimestamp: null }
            && Text(secret, "id") is { } id && NameOf(id) == secret.Metadata.Name
            && secret.Data?.TryGetValue("hash", out var hash) == true
            && DateTimeOffset.TryParse(Text(secret, "expires"), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var expires)
                ? new StoredBootstrapToken(id, hash, expires, Text(secret, "node"), Text(secret, "key"))
                : null;
    }

    /// <summary>The token as a Secret.</summary>
    /// <param name="metadata">Metadata of the Secret as stored; null for a new one.</param>
    public Secret Write(ObjectMeta? metadata)
    {
        var data = new Dictionary<string, byte[]> { ["id"] = Bytes(Id), ["hash"] = Hash, ["expires"] = Bytes(Expires.ToString("O", CultureInfo.InvariantCulture)) };
        if (Node is not null) data["node"] = Bytes(Node);
        if (Key is not null) data["key"] = Bytes(Key);
        return new Secret { ApiVersion = "v1", Kind = "Secret", Metadata = metadata ?? new ObjectMeta { Name = NameOf(Id), Namespace = Namespace }, Type = Type, Data = data };
    }

    private static string? Text(Secret secret, string key) => secret.Data?.TryGetValue(key, out var value) == true ? Encoding.UTF8.GetString(value) : null;

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
