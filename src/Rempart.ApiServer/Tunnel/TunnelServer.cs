using System.Collections.Concurrent;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Tickets;

namespace Rempart.ApiServer.Tunnel;

/// <summary>The tunnels of all nodes. Of two tunnels of one node the newest counts: an agent that comes again has lost the old one.</summary>
internal sealed class TunnelServer(TicketSigner signer, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, TunnelSession> sessions = new(StringComparer.Ordinal);

    /// <summary>Takes in a node's tunnel.</summary>
    public TunnelSession Begin(string node)
    {
        var session = new TunnelSession(node, time);
        TunnelSession? replaced = null;
        sessions.AddOrUpdate(node, session, (_, old) =>
        {
            replaced = old;
            return session;
        });
        replaced?.End();
        return session;
    }

    /// <summary>Ends a tunnel.</summary>
    public void End(TunnelSession session)
    {
        sessions.TryRemove(new KeyValuePair<string, TunnelSession>(session.Node, session));
        session.End();
    }

    /// <summary>The tunnel of a node; null when it has none.</summary>
    public TunnelSession? Find(string node) => sessions.GetValueOrDefault(node);

    /// <summary>The tunnel of a node, or 503.</summary>
    public TunnelSession Require(string node) =>
        Find(node) ?? throw Failures.Unavailable($"node `{node}` is not connected to this server: is its agent running?", null);

    /// <summary>Opens a stream of a node; the failures are those of <see cref="TunnelSession.OpenAsync"/>.</summary>
    public Task<NodeStream> OpenAsync(TunnelSession session, StreamRequest request, CancellationToken cancellationToken) =>
        session.OpenAsync(request, () => signer.Sign(request.Kind, request.Namespace, request.Name, request.Uid, request.Stream, session.Node, request.AuditId, request.User), cancellationToken);
}
