using System.Net;
using System.Net.Sockets;
using System.Text;
using Rempart.Protocols.Dns;

namespace Rempart.Node.Names;

/// <summary>
/// One network's ear: sockets tied to the network's own link, so that whoever asks is of its project whatever address it has, and
/// answers go back the same way though another network may have the same addresses.
/// </summary>
internal sealed class NameListener : IAsyncDisposable
{
    private const int Port = 53;
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int BindToDevice = 25; // SO_BINDTODEVICE
    private const int LongestDatagram = ushort.MaxValue; // a longer one than the buffer would be an error of the socket
    private const int MaxQueriesAConnection = 100;
    private const int MaxConnections = 64;
    private static readonly TimeSpan _idle = TimeSpan.FromSeconds(10);
    private readonly Socket _datagrams;
    private readonly Socket _connections;
    private readonly QueryLimit _limit;
    private readonly INameUpstream _upstream;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _places = new(MaxConnections);
    private volatile NameZone _zone;

    /// <exception cref="SocketException">the link is not there (yet), or has not the address.</exception>
    internal NameListener(NameNetwork network, NameZone zone, INameUpstream upstream, TimeProvider time)
    {
        (Network, _zone, _upstream, _time, _limit) = (network, zone, upstream, time, new QueryLimit(time));
        var end = new IPEndPoint(IPAddress.Parse(network.Address), Port);
        _datagrams = Open(network.Link, end, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            _connections = Open(network.Link, end, SocketType.Stream, ProtocolType.Tcp);
            _connections.Listen(MaxConnections);
        }
        catch
        {
            _datagrams.Dispose();
            throw;
        }
        Running = RunAsync();
    }

    internal NameNetwork Network { get; }

    /// <summary>Ends when the link is gone; fails on a surprise.</summary>
    internal Task Running { get; }

    internal void Know(NameZone zone) => _zone = zone;

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _datagrams.Dispose();
        _connections.Dispose();
        await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // What is still being asked elsewhere ends by itself within moments, and finds the sockets closed.
    }

    private static Socket Open(string link, IPEndPoint end, SocketType type, ProtocolType protocol)
    {
        var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        try
        {
            if (type == SocketType.Stream) socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.SetRawSocketOption(SocketLevel, BindToDevice, Encoding.ASCII.GetBytes(link + '\0'));
            socket.Bind(end);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task RunAsync()
    {
        Task[] both = [ServeDatagramsAsync(), ServeConnectionsAsync()];
        await Task.WhenAny(both);
        await _ending.CancelAsync();
        await Task.WhenAll(both);
    }

    private async Task ServeDatagramsAsync()
    {
        var buffer = new byte[LongestDatagram];
        try
        {
            while (true)
            {
                var received = await _datagrams.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _ending.Token);
                var guest = (IPEndPoint)received.RemoteEndPoint;
                if (!_limit.Ask(guest.Address)) continue;
                var decision = _zone.Decide(buffer.AsSpan(0, received.ReceivedBytes), datagram: true);
                if (decision.Answer is { } answer) await SendAsync(answer, guest);
                else if (decision.Forward is { } query) _ = ForwardAsync(query, guest);
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or OperationCanceledException)
        {
        }
    }

    private async Task ForwardAsync(DnsQuery query, IPEndPoint guest)
    {
        byte[]? answer = null;
        if (_limit.Enter(guest.Address))
        {
            try
            {
                answer = await _upstream.AskAsync(Network.Project, query, datagram: true, _ending.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            finally
            {
                _limit.Leave(guest.Address);
            }
        }
        await SendAsync(answer ?? NameZone.Failure(query), guest);
    }

    /// <summary>An answer that can't be sent is lost, as on a wire; the guest asks again.</summary>
    private async Task SendAsync(byte[] answer, IPEndPoint guest)
    {
        try
        {
            await _datagrams.SendToAsync(answer, guest, _ending.Token);
        }
        catch (Exception lost) when (lost is SocketException or ObjectDisposedException or OperationCanceledException)
        {
        }
    }

    private async Task ServeConnectionsAsync()
    {
        try
        {
            while (true)
            {
                await _places.WaitAsync(_ending.Token);
                _ = ServeAsync(await _connections.AcceptAsync(_ending.Token));
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or OperationCanceledException)
        {
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        var guest = ((IPEndPoint)connection.RemoteEndPoint!).Address;
        await using var stream = new NetworkStream(connection, ownsSocket: true);
        var entered = _limit.Enter(guest);
        try
        {
            for (var i = 0; entered && i < MaxQueriesAConnection; i++)
            {
                using var idle = new CancellationTokenSource(_idle, _time);
                using var both = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token, idle.Token);
                if (await NameFrame.ReadAsync(stream, both.Token) is not { } message || !_limit.Ask(guest)) return;
                var decision = _zone.Decide(message, datagram: false);
                var answer = decision.Forward is { } query ? await _upstream.AskAsync(Network.Project, query, datagram: false, both.Token) ?? NameZone.Failure(query) : decision.Answer;
                if (answer is null) return;
                await NameFrame.WriteAsync(stream, answer, both.Token);
            }
        }
        catch (Exception ended) when (ended is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
        }
        finally
        {
            if (entered) _limit.Leave(guest);
            _places.Release();
        }
    }
}
