using System.Net;
using System.Net.Sockets;
using Rempart.Protocols.Etcd;

namespace Rempart.Protocols.Tests.Etcd;

/// <summary>Endpoints that are not etcd, or nothing at all.</summary>
public sealed class EtcdClientTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Where_nobody_listens_nothing_was_written_and_that_is_said()
    {
        using var client = Client(Free());
        var failure = await Assert.ThrowsAsync<EtcdException>(() => client.TransactAsync(new EtcdTransaction([], [EtcdOperation.Put("k", "v"u8.ToArray())], []), Stop));
        Assert.Equal((EtcdFailure.Unavailable, false), (failure.Failure, failure.IsOutcomeUnknown));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("SSH-2.0-OpenSSH_9.2p1\r\n")]
    [InlineData("\0\0\0\u0004\0\0\0\0\0\0\u0010\u0000\0\u0001\0\0\0\0\0")]
    public async Task Whoever_answers_as_no_etcd_does_is_an_endpoint_that_failed(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var serving = ServeAsync(listener, answer, over.Token);
        using var client = Client(((IPEndPoint)listener.LocalEndpoint).Port);
        var failure = await Assert.ThrowsAsync<EtcdException>(() => client.RangeAsync(new EtcdRange("k", End: null), EtcdClient.AnswerBytes, Stop));
        Assert.Equal(EtcdFailure.Unavailable, failure.Failure);
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving);
    }

    [Theory]
    [InlineData("http://192.0.2.1:2379")]
    [InlineData("https://127.0.0.1:2379")]
    public void An_endpoint_needs_encryption_and_somebody_to_trust(string endpoint) =>
        Assert.Throws<ArgumentException>(() => new EtcdClient(new EtcdClientOptions { Endpoints = [new Uri(endpoint)] }));

    private static EtcdClient Client(int port) => new(new EtcdClientOptions
    {
        Endpoints = [new UriBuilder(Uri.UriSchemeHttp, "127.0.0.1", port).Uri], RetryTimeout = TimeSpan.FromMilliseconds(300), AttemptTimeout = TimeSpan.FromSeconds(2),
    });

    private static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task ServeAsync(TcpListener listener, string answer, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var socket = await listener.AcceptSocketAsync(cancellationToken);
            await socket.ReceiveAsync(new byte[4096], cancellationToken);
            await socket.SendAsync(System.Text.Encoding.Latin1.GetBytes(answer), cancellationToken);
        }
    }
}
