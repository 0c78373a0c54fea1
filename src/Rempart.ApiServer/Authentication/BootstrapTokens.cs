using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.ApiServer.Objects;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Authentication;

/// <summary>
/// The tokens with which nodes join. A token serves one key: its first use ties it to the node's key, durably and before any
/// certificate is made, and later uses must show the same key. So an agent whose answer was lost may ask again, and nobody else can.
/// </summary>
/// <param name="reader">Reads NodeTokens.</param>
/// <param name="writer">Writes NodeTokens.</param>
/// <param name="time">The clock.</param>
public sealed class BootstrapTokens(IObjectReader reader, Func<IObjectWriter> writer, TimeProvider time)
{
    private const int Attempts = 3;
    private const int LabelAttempts = 8;

    /// <summary>Keeps a token.</summary>
    /// <param name="token">The token, hashed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask AddAsync(StoredBootstrapToken token, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        try
        {
            await writer().CreateAsync(token.Write(time.GetUtcNow()), cancellationToken);
        }
        catch (ApiException e) when (e.Status.Reason == StatusReason.AlreadyExists)
        {
            // Kept before; what is stored may have been used since.
        }
    }

    /// <summary>Ties a token to a node and its key.</summary>
    /// <param name="id">The token's id.</param>
    /// <param name="node">The node that asks for a certificate.</param>
    /// <param name="key">Digest of its public key.</param>
    /// <param name="write">False to check only.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Why the token does not serve; null when it does.</returns>
    public async ValueTask<string?> UseAsync(string id, string node, string key, bool write, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (token, stored) = await FindAsync(id, cancellationToken);
            if (token is null || stored is null || time.GetUtcNow() >= token.Expires) return $"bootstrap token `{id}` has ended; make a new one";
            if (token.Node is not null && token.Node != node) return $"bootstrap token `{id}` serves node `{token.Node}`, not `{node}`";
            if (token.Key == key)
            {
                if (write) await LabelAsync(node, stored.Spec.Labels, cancellationToken);
                return null;
            }

            if (token.Key is not null) return $"bootstrap token `{id}` was used already; make a new one";
            // Whoever has a token for any node must not take the name of one that is here.
            if (token.Node is null && await reader.GetAsync<Node>(null, node, cancellationToken) is not null) return $"node `{node}` has joined before; make a token for this very node";
            if (!write) return null;
            try
            {
                await writer().UpdateAsync(stored with { Status = stored.Status! with { Node = node, Key = key, UsedAt = time.GetUtcNow() } }, cancellationToken);
            }
            catch (ApiException e) when (e.Status.Reason == StatusReason.Conflict && attempt < Attempts)
            {
                // Somebody else used it at the same moment; look again.
                continue;
            }

            // Behind the tie: one that fails here is asked again with the same key.
            await LabelAsync(node, stored.Spec.Labels, cancellationToken);
            return null;
        }
    }

    /// <summary>
    /// The node is made by the server, so that its labels are there before anything can be placed on it: a node can't choose them itself.
    /// One that has joined before keeps what the token does not name.
    /// </summary>
    private async ValueTask LabelAsync(string node, IReadOnlyDictionary<string, string>? labels, CancellationToken cancellationToken)
    {
        if (labels is not { Count: > 0 }) return;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await reader.GetAsync<Node>(null, node, cancellationToken) is not { } known)
                    await writer().CreateAsync(new Node { Metadata = new ObjectMeta { Name = node, Labels = Merged(NodeLabels.OfNew(node), labels) } }, cancellationToken);
                else if (labels.Any(label => known.Metadata.Labels?.GetValueOrDefault(label.Key) != label.Value))
                    await writer().UpdateAsync(known with { Metadata = known.Metadata with { Labels = Merged(known.Metadata.Labels, labels) } }, cancellationToken);
                return;
            }
            catch (ApiException e) when (e.Status.Reason is StatusReason.AlreadyExists or StatusReason.Conflict && attempt < LabelAttempts)
            {
                // Its agent reports the node meanwhile; look again.
            }
        }
    }

    private static Dictionary<string, string> Merged(IReadOnlyDictionary<string, string>? before, IReadOnlyDictionary<string, string> labels)
    {
        var merged = new Dictionary<string, string>(before ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach (var (key, value) in labels) merged[key] = value;
        return merged;
    }

    private async ValueTask<(StoredBootstrapToken? Token, NodeToken? Stored)> FindAsync(string id, CancellationToken cancellationToken)
    {
        var stored = await reader.GetAsync<NodeToken>(null, id, cancellationToken);
        return (stored is null ? null : StoredBootstrapToken.Read(stored), stored);
    }
}
