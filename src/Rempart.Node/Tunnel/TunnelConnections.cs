using Rempart.Api.Client;

namespace Rempart.Node.Tunnel;

/// <summary>A connection of its own to each API server: a stream is asked for through the tunnel of the server that its user is at.</summary>
internal sealed class TunnelConnections : IDisposable
{
    private readonly IReadOnlyList<(Uri Server, HttpClient Http)> _each;

    /// <param name="servers">All API servers of the cluster.</param>
    /// <param name="connection">How to reach any of them.</param>
    public TunnelConnections(IReadOnlyList<Uri> servers, ApiConnection connection) =>
        _each = [.. servers.Select(server => (server, ApiTransport.Create(connection with { Server = server, Alternates = [] })))];

    public IReadOnlyList<(Uri Server, HttpClient Http)> Each => _each;

    public void Dispose()
    {
        foreach (var (_, http) in _each) http.Dispose();
    }
}
