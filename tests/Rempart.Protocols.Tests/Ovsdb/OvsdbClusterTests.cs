using System.Diagnostics;
using System.Globalization;
using Rempart.Protocols.Ovsdb;
using Rempart.Testing.Ovsdb;

namespace Rempart.Protocols.Tests.Ovsdb;

/// <summary>Three members over TLS, any of which may go.</summary>
[Trait("level", "real")]
public sealed class OvsdbClusterTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _running = [];
    private readonly OvsdbCluster _cluster = new(3);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        foreach (var task in _running) await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _cluster.Dispose();
        _ending.Dispose();
    }

    [Fact]
    public async Task A_writer_finds_the_leader_and_the_next_one_when_it_is_killed()
    {
        var leader = _cluster.Leader();
        // The leader last: the writer must turn the others down.
        var client = Connect(leaderOnly: true, [.. Enumerable.Range(0, 3).Where(i => i != leader), leader]);
        await InsertAsync(client, "before");

        _cluster.Kill(leader);
        await InsertAsync(client, "after");
        _cluster.Start(leader);
        await InsertAsync(client, "again");

        var replica = await client.WaitAsync(r => r.Rows("Logical_Switch").Count() == 3, Patience, Stop);
        Assert.Equal(["after", "again", "before"], replica.Rows("Logical_Switch").Select(s => s["name"].Text!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_reader_stays_with_any_member_and_leaves_one_that_has_lost_the_others()
    {
        var leader = _cluster.Leader();
        var (first, second) = ((leader + 1) % 3, (leader + 2) % 3);
        var reader = Connect(leaderOnly: false, [first, second, leader]);
        await reader.WaitAsync(_ => reader.IsConnected, Patience, Stop);

        _cluster.Kill(second);
        _cluster.Kill(leader);
        // What is left can't choose a leader.
        while (reader.LastError?.Contains("has lost the others", StringComparison.Ordinal) != true) await reader.NextChangeAsync(Stop).WaitAsync(Patience, TimeProvider.System, Stop);
        _cluster.Start(second);
        _cluster.Start(leader);

        await reader.WaitAsync(_ => reader.IsConnected, Patience, Stop);
    }

    [Fact]
    public async Task A_leader_that_hangs_is_given_up()
    {
        var leader = _cluster.Leader();
        var client = Connect(leaderOnly: true, [0, 1, 2]);
        await InsertAsync(client, "before");

        Signal("STOP", leader);
        try
        {
            await InsertAsync(client, "after");
        }
        finally
        {
            Signal("CONT", leader);
        }
    }

    /// <summary>As a controller does: looks at what is there, writes what is missing, and begins again when it can't tell.</summary>
    private static async Task InsertAsync(OvsdbClient client, string name)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        while (true)
        {
            var replica = await client.WaitAsync(_ => client.IsConnected, Patience, Stop);
            if (replica.Rows("Logical_Switch").Any(s => s["name"].Text == name)) return;
            try
            {
                await client.TransactAsync([OvsdbOperation.Insert("Logical_Switch", "s", new Dictionary<string, OvsdbDatum> { ["name"] = OvsdbDatum.Of(name) })], limit.Token);
                await client.WaitAsync(r => r.Rows("Logical_Switch").Any(s => s["name"].Text == name), Patience, Stop);
                return;
            }
            catch (Exception exception) when (exception is OvsdbUnavailableException or OvsdbTransactionException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
            }
        }
    }

    private OvsdbClient Connect(bool leaderOnly, int[] members)
    {
        var certificate = _cluster.Certificates.Issue("client");
        var options = OvsdbClientTests.Options([.. members.Select(m => OvsdbEndpoint.Tls("127.0.0.1", _cluster.Ports[m]))]) with
        {
            Credentials = () => new(certificate, [_cluster.Certificates.Authority]),
            LeaderOnly = leaderOnly,
            ProbeInterval = TimeSpan.FromSeconds(1),
            RequestTimeout = TimeSpan.FromSeconds(5),
        };
        var client = new OvsdbClient(options, TimeProvider.System);
        _running.Add(client.RunAsync(_ending.Token));
        return client;
    }

    private void Signal(string name, int member)
    {
        using var kill = Process.Start("kill", [$"-{name}", _cluster.PidOf(member).ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
