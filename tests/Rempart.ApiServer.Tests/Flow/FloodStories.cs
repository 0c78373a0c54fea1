using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Rempart.ApiServer.Flow;
using Rempart.ApiServer.Tests.Http;
using Rempart.ApiServer.Tests.Watch;

namespace Rempart.ApiServer.Tests.Flow;

/// <summary>One client asks without end; the others notice nothing, and the audit trail stays small.</summary>
public sealed class FloodStories
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private const string Leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";

    [Fact]
    public async Task A_flood_of_one_tenant_is_refused_and_delays_neither_another_nor_a_nodes_lease()
    {
        await using var server = await TestServer.StartAsync(change: options => options with
        {
            Flow = options.Flow with { Tenants = options.Flow.Tenants with { Requests = new FlowRate(0.001, 50), Recorded = new FlowRate(0.001, 20) } },
        });
        using var bob = server.ClientOf("bob");
        var node = Holder(server, "system:node:host1", "system:nodes");
        Assert.Equal(201, (await server.SendAsync(HttpMethod.Post, Leases, """{"metadata":{"name":"host1"},"spec":{"holderIdentity":"0"}}""", client: node)).Code);

        // One connection: a client that has none yet opens as many as it has requests.
        Assert.Equal(200, (await server.GetAsync(Maps)).Code);
        var flood = Enumerable.Range(0, 400).Select(i => server.SendAsync(HttpMethod.Post, Maps, $$$"""{"metadata":{"name":"m{{{i}}}"}}""")).ToList();
        for (var i = 1; i <= 10; i++)
        {
            Assert.Equal(200, (await server.SendAsync(HttpMethod.Patch, Leases + "/host1", $$$"""{"spec":{"holderIdentity":"{{{i}}}"}}""", "application/merge-patch+json", node)).Code);
            Assert.Equal(200, (await server.SendAsync(HttpMethod.Get, Maps, client: bob)).Code);
        }

        var codes = (await Task.WhenAll(flood)).Select(answer => answer.Code).ToList();
        Assert.All(codes, code => Assert.True(code is 201 or 429, $"{code}"));
        Assert.Equal(20, codes.Count(code => code == 201));

        using var refused = await server.Client.PostAsync(Maps, new StringContent("{}", Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_thousand_anonymous_requests_leave_a_bounded_number_of_records_with_the_right_sum()
    {
        await using var server = await TestServer.StartAsync(change: options => options with
        {
            Flow = options.Flow with { Anonymous = options.Flow.Anonymous with { Requests = new FlowRate(0.001, 100) } },
        });
        using var nobody = server.ClientOf(null);
        var codes = new List<HttpStatusCode>();
        for (var i = 0; i < 20; i++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => nobody.GetAsync(Maps)));
            codes.AddRange(answers.Select(answer => answer.StatusCode));
            foreach (var answer in answers) answer.Dispose();
        }

        Assert.Equal(200, (await server.GetAsync(Maps)).Code);
        Assert.All(codes, code => Assert.True(code is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests, $"{code}"));
        Assert.InRange(codes.Count(code => code == HttpStatusCode.Unauthorized), 50, 100);
        await server.Host.DisposeAsync();
        Assert.Equal(1000, server.Audit.Records.Where(record => record.Decision == "deny").Sum(record => record.Count ?? 1));
        Assert.InRange(server.Audit.Records.Count(record => record.Decision == "deny"), 1, 25);
    }

    [Fact]
    public async Task Watches_are_counted_by_client_and_hold_no_place_of_ordinary_requests()
    {
        await using var server = await TestServer.StartAsync(change: options => options with
        {
            Flow = options.Flow with { Tenants = options.Flow.Tenants with { Seats = 1, SeatsOfClient = 1, StreamsOfClient = 3 } },
        });
        using var bob = server.ClientOf("bob");
        for (var i = 0; i < 3; i++) await WatchStream.OpenAsync(server.Client, Maps + "?watch=1");
        Assert.Equal(429, (await server.GetAsync(Maps + "?watch=1")).Code);
        Assert.Equal(200, (await server.GetAsync(Maps)).Code);
        await using var other = await WatchStream.OpenAsync(bob, Maps + "?watch=1");
    }

    [Fact]
    public async Task Connections_without_a_certificate_leave_room_for_those_with_one()
    {
        await using var server = await TestServer.StartAsync(change: options => options with
        {
            Connections = new ConnectionBounds { All = 8, Unknown = 4, UnknownOfAddress = 2, OfName = 2 },
        });
        List<TcpClient> held = [];
        try
        {
            for (var i = 0; i < 3; i++) held.Add(await ConnectAsync(server.Address));

            // One is too many; which of them, the order in which the server gets to them says.
            var ends = held.Select(EndAsync).ToList();
            var tooMany = await Task.WhenAny(ends);
            Assert.Equal(1, ends.Count(end => end.IsCompleted));

            // A handshake needs one of the places without a name, and gives it back as soon as it is done.
            held[(ends.IndexOf(tooMany) + 1) % 3].Dispose();
            while (!await AnswersAsync(server)) await Task.Delay(10);
            using var again = server.ClientOf("bob");
            Assert.Equal(200, (await server.SendAsync(HttpMethod.Get, Maps, client: again)).Code);
        }
        finally
        {
            foreach (var client in held) client.Dispose();
        }
    }

    private static async Task<bool> AnswersAsync(TestServer server)
    {
        try
        {
            return (await server.GetAsync(Maps)).Code == 200;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<TcpClient> ConnectAsync(Uri address)
    {
        var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, address.Port);
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            // The server has closed it before this side knew that it was open.
        }

        return client;
    }

    /// <summary>Ends when the server closes the connection.</summary>
    private static async Task EndAsync(TcpClient client)
    {
        try
        {
            Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]));
        }
        catch (Exception closed) when (closed is IOException or SocketException or InvalidOperationException)
        {
            // Closed with a reset, before it was open even, or by the test itself.
        }
    }

    private static HttpClient Holder(TestServer server, string user, string group)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, errors) => errors is not SslPolicyErrors.RemoteCertificateNotAvailable;
        handler.SslOptions.ClientCertificates = [server.Certificates.Issue($"CN={user}, O={group}")];
        return new HttpClient(handler) { BaseAddress = server.Address, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
    }
}
