using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Rempart.Clients.Tests.Servers;

namespace Rempart.Clients.Tests.Hostile;

/// <summary>A connection over which anything can be said, whatever HTTP has to say about it; as the administrator.</summary>
internal sealed class RawConnection : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TcpClient _tcp = new();
    private SslStream _tls = null!;

    public static async Task<RawConnection> OpenAsync(RealServer server, SslApplicationProtocol? protocol = null)
    {
        var connection = new RawConnection();
        await connection._tcp.ConnectAsync(IPAddress.Loopback, server.Address.Port, TestContext.Current.CancellationToken);
        connection._tls = new SslStream(connection._tcp.GetStream());
        await connection._tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "127.0.0.1",
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [protocol ?? SslApplicationProtocol.Http11],
            ClientCertificates = [server.Certificate("admin")],
            CertificateChainPolicy = server.Trust(),
        }, TestContext.Current.CancellationToken);
        return connection;
    }

    /// <summary>Says something; a server that has hung up meanwhile is no surprise.</summary>
    public async Task SayAsync(byte[] bytes)
    {
        try
        {
            await _tls.WriteAsync(bytes, TestContext.Current.CancellationToken);
            await _tls.FlushAsync(TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // It has answered already.
        }
    }

    public Task SayAsync(string text) => SayAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Everything that comes until the server hangs up.</summary>
    public async Task<string> HearAllAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        using var heard = new MemoryStream();
        try
        {
            await _tls.CopyToAsync(heard, patience.Token);
        }
        catch (IOException)
        {
            // A reset is an end too.
        }

        return Encoding.Latin1.GetString(heard.ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        await _tls.DisposeAsync();
        _tcp.Dispose();
    }
}
