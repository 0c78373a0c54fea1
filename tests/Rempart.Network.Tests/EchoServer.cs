using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rempart.Network.Tests;

/// <summary>Answers each TCP connection with the address that it comes from.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly Task _running;

    internal EchoServer(string ns, int port)
    {
        _listener = Guest.NewSocket(ns, SocketType.Stream);
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(new IPEndPoint(IPAddress.Any, port));
        _listener.Listen();
        _running = RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _running;
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                using var peer = await _listener.AcceptAsync(CancellationToken.None);
                // Closing with something unread would reset the connection, and the answer with it.
                await peer.ReceiveAsync(new byte[64], CancellationToken.None);
                await peer.SendAsync(Encoding.ASCII.GetBytes($"{((IPEndPoint)peer.RemoteEndPoint!).Address}\n"), CancellationToken.None);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }
    }
}
