using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Rempart.Clients.Tests.Servers;

/// <summary>Stands between a client and the server and cuts every connection when it is told to.</summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, byte> _open = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Uri _server;
    private readonly Task _accepting;
    private bool _gone;

    public CuttingProxy(Uri server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"https://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Resets every connection there is; new ones are taken.</summary>
    /// <returns>How many ends it cut.</returns>
    public int Cut()
    {
        var cut = 0;
        foreach (var end in _open.Keys)
        {
            try
            {
                end.LingerState = new LingerOption(true, 0);
                end.Close();
                cut++;
            }
            catch (ObjectDisposedException)
            {
                // It ended by itself.
            }
        }

        return cut;
    }

    public async ValueTask DisposeAsync()
    {
        if (_gone) return;
        _gone = true;
        await _stop.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            _ = PassAsync(client);
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            // The sockets themselves: a TcpClient that was disposed has none.
            var ends = (client.Client, Server: server.Client);
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _server.Port, _stop.Token);
                _open[ends.Client] = _open[ends.Server] = 0;
                await Task.WhenAny(client.GetStream().CopyToAsync(server.GetStream(), _stop.Token), server.GetStream().CopyToAsync(client.GetStream(), _stop.Token));
            }
            catch (Exception over) when (over is SocketException or IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
            {
                // Cut, or the server is down.
            }
            finally
            {
                _open.TryRemove(ends.Client, out _);
                _open.TryRemove(ends.Server, out _);
            }
        }
    }
}
