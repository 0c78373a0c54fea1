using Rempart.Api.Infra;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Authentication;

/// <summary>A bootstrap token at rest: a NodeToken.</summary>
/// <param name="Id">The token's id.</param>
/// <param name="Hash">SHA-256 of the token.</param>
/// <param name="Expires">When it ends.</param>
/// <param name="Node">The node that it serves; null until the first use when it serves any.</param>
/// <param name="Key">Digest of the key that it was used for, null before.</param>
public sealed record StoredBootstrapToken(string Id, byte[] Hash, DateTimeOffset Expires, string? Node, string? Key)
{
    /// <summary>Reads an object; null when it holds no token that counts.</summary>
    /// <param name="stored">The object.</param>
    public static StoredBootstrapToken? Read(NodeToken stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        return stored is { Metadata: { Name: { } id, DeletionTimestamp: null }, Status: { ExpiresAt: { } expires } status }
            ? new StoredBootstrapToken(id, stored.Spec.Hash, expires, stored.Spec.Node ?? status.Node, status.Key) : null;
    }

    /// <summary>The token as a new object.</summary>
    /// <param name="now">The time: an object says how long it lives, not until when.</param>
    public NodeToken Write(DateTimeOffset now) => new()
    {
        Metadata = new ObjectMeta { Name = Id },
        Spec = new NodeTokenSpec { Hash = Hash, Node = Node, ExpirationSeconds = Math.Clamp((int)(Expires - now).TotalSeconds, 60, 24 * 60 * 60) },
        Status = new NodeTokenStatus { ExpiresAt = Expires },
    };
}
