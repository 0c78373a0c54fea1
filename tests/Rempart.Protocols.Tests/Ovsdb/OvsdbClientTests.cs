using System.Net.Sockets;
using System.Text;
using Rempart.Protocols.Ovsdb;
using Rempart.Testing.Ovsdb;

namespace Rempart.Protocols.Tests.Ovsdb;

[Trait("level", "real")]
public sealed class OvsdbClientTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _running = [];
    private readonly OvsdbServerProcess _server = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        foreach (var task in _running) await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _server.Dispose();
        _ending.Dispose();
    }

    [Fact]
    public async Task A_transaction_is_seen_by_others_and_in_the_copy()
    {
        var client = await ConnectAsync();

        await client.TransactAsync([
            OvsdbOperation.Insert("Logical_Switch_Port", "p", Row(("name", OvsdbDatum.Of("port ä\"\\")))),
            OvsdbOperation.Insert("Logical_Switch", "s", Row(("name", OvsdbDatum.Of("switch")), ("ports", OvsdbDatum.Of(OvsdbAtom.Named("p"))),
                ("external_ids", OvsdbDatum.Map([KeyValuePair.Create("k", "v")])))),
        ], TestContext.Current.CancellationToken);

        Assert.Contains("(switch)", _server.Nbctl("ls-list"), StringComparison.Ordinal);
        var replica = await client.WaitAsync(r => r.Rows("Logical_Switch").Any(s => s["ports"].Count == 1), Patience, TestContext.Current.CancellationToken);
        var row = Assert.Single(replica.Rows("Logical_Switch"));
        Assert.Equal("v", row["external_ids"].Find("k"));
        Assert.Equal("port ä\"\\", replica.Find("Logical_Switch_Port", row["ports"].Atoms.Single().AsUuid())!["name"].Text);
    }

    [Fact]
    public async Task Changes_by_others_reach_the_copy_as_differences()
    {
        var client = await ConnectAsync();

        _server.Nbctl("ls-add", "s", "--", "set", "logical_switch", "s", "external_ids:a=1", "external_ids:b=2");
        _server.Nbctl("lsp-add", "s", "p1", "--", "lsp-add", "s", "p2");
        _server.Nbctl("lsp-del", "p1", "--", "remove", "logical_switch", "s", "external_ids", "a", "--", "set", "logical_switch", "s", "external_ids:b=3");

        var replica = await client.WaitAsync(r => r.Rows("Logical_Switch").SingleOrDefault()?["external_ids"].ToString() == "[\"map\",[[\"b\",\"3\"]]]",
            Patience, TestContext.Current.CancellationToken);
        Assert.Single(replica.Rows("Logical_Switch").Single()["ports"].Atoms);
        Assert.Equal("p2", Assert.Single(replica.Rows("Logical_Switch_Port"))["name"].Text);
        _server.Nbctl("ls-del", "s");
        await client.WaitAsync(r => !r.Rows("Logical_Switch").Any() && !r.Rows("Logical_Switch_Port").Any(), Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_refused_transaction_names_the_operation_and_does_nothing()
    {
        var client = await ConnectAsync();

        var refused = await Assert.ThrowsAsync<OvsdbTransactionException>(() => client.TransactAsync([
            OvsdbOperation.Insert("Logical_Switch", "s", Row(("name", OvsdbDatum.Of("never")))),
            OvsdbOperation.Insert("Logical_Switch", "t", Row(("no_such_column", OvsdbDatum.Of("x")))),
        ], TestContext.Current.CancellationToken));

        Assert.Equal(1, refused.Operation);
        Assert.Contains("no_such_column", refused.Details, StringComparison.Ordinal);
        Assert.Empty(_server.Nbctl("ls-list"));
    }

    [Fact]
    public async Task An_expectation_that_no_longer_holds_refuses_the_transaction()
    {
        var client = await ConnectAsync();
        var row = Guid.Parse(_server.Nbctl("create", "Logical_Switch", "name=before"));

        var refused = await Assert.ThrowsAsync<OvsdbTransactionException>(() => client.TransactAsync([
            OvsdbOperation.Expect("Logical_Switch", row, Row(("name", OvsdbDatum.Of("other")))),
            OvsdbOperation.Update("Logical_Switch", row, Row(("name", OvsdbDatum.Of("after")))),
        ], TestContext.Current.CancellationToken));

        Assert.Equal(0, refused.Operation);
        Assert.Contains("before", _server.Nbctl("ls-list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restarted_server_is_found_again_and_a_dropped_database_empties_the_copy()
    {
        var client = await ConnectAsync();
        _server.Nbctl("ls-add", "s");
        await client.WaitAsync(r => r.Rows("Logical_Switch").Any(), Patience, TestContext.Current.CancellationToken);

        _server.Stop();
        _server.DropDatabase();
        _server.Start();

        // The copy comes first, then the connection is given out.
        await client.WaitAsync(r => client.IsConnected && !r.Rows("Logical_Switch").Any(), Patience, TestContext.Current.CancellationToken);
        await client.TransactAsync([OvsdbOperation.Insert("Logical_Switch", "s", Row(("name", OvsdbDatum.Of("again"))))], TestContext.Current.CancellationToken);
        Assert.Contains("again", _server.Nbctl("ls-list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_server_fails_requests_with_a_reason()
    {
        var client = await ConnectAsync();

        _server.Stop();

        var failure = await Assert.ThrowsAsync<OvsdbUnavailableException>(async () =>
        {
            while (true)
                await client.TransactAsync([OvsdbOperation.Insert("Logical_Switch", "s", Row(("name", OvsdbDatum.Of("x"))))], TestContext.Current.CancellationToken);
        });
        Assert.NotEmpty(failure.Message);
    }

    [Fact]
    public async Task The_servers_echo_is_answered_and_a_silent_server_is_given_up()
    {
        var path = Path.Combine(_server.Folder, "fake.sock");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var options = Options([OvsdbEndpoint.Unix(path)]) with { ProbeInterval = TimeSpan.FromMilliseconds(100), RequestTimeout = TimeSpan.FromMilliseconds(300) };
        var client = new OvsdbClient(options, TimeProvider.System);
        _running.Add(client.RunAsync(_ending.Token));

        using var peer = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        await peer.SendAsync("{\"method\":\"echo\",\"params\":[\"x\"],\"id\":\"echo\"}"u8.ToArray(), TestContext.Current.CancellationToken);
        var heard = "";
        var buffer = new byte[4096];
        for (int count; (count = await peer.ReceiveAsync(buffer, TestContext.Current.CancellationToken)) > 0;) heard += Encoding.UTF8.GetString(buffer, 0, count);

        Assert.Contains("{\"id\":\"echo\",\"result\":[\"x\"],\"error\":null}", heard, StringComparison.Ordinal);
    }

    private async Task<OvsdbClient> ConnectAsync()
    {
        var client = new OvsdbClient(Options([OvsdbEndpoint.Unix(_server.SocketPath)]), TimeProvider.System);
        _running.Add(client.RunAsync(_ending.Token));
        await client.WaitAsync(_ => client.IsConnected, Patience, TestContext.Current.CancellationToken);
        return client;
    }

    internal static OvsdbClientOptions Options(IReadOnlyList<OvsdbEndpoint> endpoints) => new()
    {
        Database = "OVN_Northbound",
        Endpoints = endpoints,
        Monitor = new Dictionary<string, IReadOnlyList<string>>
        {
            ["Logical_Switch"] = ["name", "ports", "external_ids"],
            ["Logical_Switch_Port"] = ["name", "up"],
        },
    };

    private static Dictionary<string, OvsdbDatum> Row(params (string Column, OvsdbDatum Value)[] columns) => columns.ToDictionary(c => c.Column, c => c.Value);
}
