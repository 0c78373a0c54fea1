using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Tests.Quotas;
using Rempart.ApiServer.Tests.Watch;
using Rempart.Store;
using Rempart.Store.Memory;

namespace Rempart.ApiServer.Tests.Http;

/// <summary>A request ends: by an answer, by 504, or by a broken connection when its answer had begun. Watches go on.</summary>
public sealed class DeadlineTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    [Fact]
    public async Task What_takes_too_long_is_504_and_holds_no_seat_any_more()
    {
        await using var held = new HeldReads(new MemoryStore());
        await using var server = await TestServer.StartAsync(held, options => options with
        {
            RequestTimeout = TimeSpan.FromMilliseconds(500),
            Flow = options.Flow with { Tenants = options.Flow.Tenants with { Seats = 1, SeatsOfClient = 1 } },
        });
        Assert.Equal(200, (await server.GetAsync(Maps)).Code);
        await using var watch = await WatchStream.OpenAsync(server.Client, Maps + "?watch=1&timeoutSeconds=600");
        held.Hold();
        var (code, status) = await server.GetAsync(Maps);
        Assert.Equal((504, "Timeout", "Timeout: request did not complete within the allotted timeout"), (code, status["reason"]!.GetValue<string>(), status["message"]!.GetValue<string>()));
        (code, status) = await server.PostAsync(Maps, """{"metadata":{"name":"a"}}""");
        Assert.Equal((504, "Timeout"), (code, status["reason"]!.GetValue<string>()));
        held.Release();
        Assert.Equal(200, (await server.GetAsync(Maps)).Code);

        // The watch is older than any request may be, and is told what happens.
        Assert.Equal(201, (await server.PostAsync(Maps, """{"metadata":{"name":"b"}}""")).Code);
        Assert.Equal("ADDED b", await watch.NextAsync());
    }

    [Fact]
    public async Task A_caller_may_wait_for_less_but_not_for_longer()
    {
        await using var held = new HeldReads(new MemoryStore());
        await using var server = await TestServer.StartAsync(held, options => options with { RequestTimeout = TimeSpan.FromSeconds(2) });
        Assert.Equal(200, (await server.GetAsync(Maps + "?timeout=32s")).Code);
        Assert.Equal(400, (await server.GetAsync(Maps + "?timeout=soon")).Code);
        held.Hold();
        Assert.Equal(504, (await server.GetAsync(Maps + "?timeout=100ms")).Code);
        Assert.Equal(504, (await server.GetAsync(Maps + "?timeout=24h")).Code);
    }

    [Fact]
    public async Task An_answer_that_has_begun_is_broken_off_not_ended_as_if_it_were_whole()
    {
        // Two servers over one store: what is there was made without haste.
        await using var store = new MemoryStore();
        await using var patient = await TestServer.StartAsync(new SharedStore(store));
        await using var server = await TestServer.StartAsync(new SharedStore(store), options => options with { RequestTimeout = TimeSpan.FromSeconds(2) });
        var large = new string('x', 900_000);
        for (var i = 0; i < 24; i++) Assert.Equal(201, (await patient.PostAsync(Maps, $$$"""{"metadata":{"name":"m{{{i}}}"},"data":{"a":"{{{large}}}"}}""")).Code);

        // A reader that takes a little now and then never stalls, and would read for minutes.
        using var client = server.ClientOf("bob", HttpVersion.Version11);
        using var response = await client.GetAsync(Maps, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await using var body = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[8 * 1024];
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await body.ReadAsync(buffer) > 0) await Task.Delay(10);
        });
    }

    [Fact]
    public async Task Heads_and_bodies_that_do_not_come_hold_nobody_up()
    {
        await using var server = await TestServer.StartAsync(change: options => options with
        {
            RequestTimeout = TimeSpan.FromSeconds(1),
            Flow = options.Flow with { Tenants = options.Flow.Tenants with { Seats = 2, SeatsOfClient = 2 } },
        });
        var slow = new List<SslStream>();
        try
        {
            for (var i = 0; i < 40; i++)
            {
                var stream = await ConnectAsync(server);
                slow.Add(stream);
                // Half of a head, or a head whose body has begun.
                await stream.WriteAsync(Encoding.ASCII.GetBytes(i % 2 == 0 ? $"GET {Maps} HTTP/1.1\r\nHost: a\r\nX-Slow: " : $"POST {Maps} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{"));
            }

            // Bodies that hang hold seats of their own client only until their time is over.
            Assert.Contains("504", await LineAsync(slow[1]), StringComparison.Ordinal);
            using var bob = server.ClientOf("bob");
            for (var i = 0; i < 5; i++) Assert.Equal(200, (await server.SendAsync(HttpMethod.Get, Maps, client: bob)).Code);
        }
        finally
        {
            foreach (var stream in slow) await stream.DisposeAsync();
        }
    }

    [Fact]
    public async Task Connections_ask_for_a_sign_of_life_so_that_none_stays_half_open()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await ConnectAsync(server);
        await client.WriteAsync(Encoding.ASCII.GetBytes($"GET {Maps}?watch=1 HTTP/1.1\r\nHost: a\r\n\r\n"));
        Assert.Contains("200", await LineAsync(client), StringComparison.Ordinal);

        // proc(5), tcp: the local port in hexadecimal, state 01 (established), timer 02 (keepalive).
        var port = $":{server.Address.Port.ToString("X4", CultureInfo.InvariantCulture)}";
        for (var tries = 0; ; tries++)
        {
            var ours = (await File.ReadAllLinesAsync("/proc/net/tcp")).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(row => row[1].EndsWith(port, StringComparison.Ordinal) && row[3] == "01").ToList();
            Assert.NotEmpty(ours);
            // For a moment what was just sent waits for its acknowledgement, by another timer.
            if (ours.TrueForAll(row => row[5].StartsWith("02:", StringComparison.Ordinal))) return;
            Assert.True(tries < 500, string.Join(' ', ours[0]));
            await Task.Delay(10);
        }
    }

    [Theory]
    [InlineData("32s", 32_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("300ms", 300)]
    [InlineData("0", 0)]
    [InlineData("99999h", 86_400_000)]
    [InlineData("", null)]
    [InlineData("5", null)]
    [InlineData("s", null)]
    [InlineData("1x", null)]
    [InlineData("-5s", null)]
    [InlineData("1.2.3s", null)]
    public void Times_are_read_as_Go_writes_them(string text, int? milliseconds)
    {
        Assert.Equal(milliseconds is not null, GoDuration.TryParse(text, out var time));
        if (milliseconds is { } wanted) Assert.Equal(TimeSpan.FromMilliseconds(wanted), time);
    }

    private static async Task<SslStream> ConnectAsync(TestServer server)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, server.Address.Port);
        var stream = new SslStream(tcp.GetStream());
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ClientCertificates = [server.Certificates.Issue("CN=mallet")],
            RemoteCertificateValidationCallback = (_, certificate, _, _) => server.Certificates.Trusts((X509Certificate2)certificate!),
        });
        return stream;
    }

    private static async Task<string> LineAsync(SslStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        return await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) ?? "";
    }

    /// <summary>A store that does not answer for a while what its newest revision is.</summary>
    private sealed class HeldReads(MemoryStore inner) : IStore
    {
        private readonly SharedStore _all = new(inner);
        private TaskCompletionSource? _held;

        public void Hold() => _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release()
        {
            var held = _held;
            _held = null;
            held?.SetResult();
        }

        public async ValueTask<StoreStamp> CurrentAsync(CancellationToken cancellationToken)
        {
            if (_held is { } held) await held.Task.WaitAsync(cancellationToken);
            return await inner.CurrentAsync(cancellationToken);
        }

        public ValueTask<StoreEntry?> GetAsync(string key, CancellationToken cancellationToken) => _all.GetAsync(key, cancellationToken);

        public ValueTask<StorePage> ListAsync(StoreRange range, int limit, long revision, CancellationToken cancellationToken) => _all.ListAsync(range, limit, revision, cancellationToken);

        public ValueTask<CommitResult> CommitAsync(IReadOnlyList<StoreWrite> writes, CancellationToken cancellationToken) => _all.CommitAsync(writes, cancellationToken);

        public IAsyncEnumerable<StoreBatch> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) => _all.WatchAsync(prefix, afterRevision, cancellationToken);

        public ValueTask RequestProgressAsync(CancellationToken cancellationToken) => _all.RequestProgressAsync(cancellationToken);

        public ValueTask CompactAsync(long revision, CancellationToken cancellationToken) => _all.CompactAsync(revision, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
