using System.Text;
using Rempart.Clients.Tests.Servers;
using Rempart.Testing.Etcd;

namespace Rempart.Clients.Tests.Histories;

/// <summary>
/// Recorded histories of concurrent clients against the program on SQLite, which is killed in the middle and started again, and against two over etcd, whose leader is: each object's operations fit one
/// order, what was acknowledged is there afterwards, and lists show one moment.
/// </summary>
[Trait("level", "real")]
public sealed class HistoryTests
{
    private const int Clients = 8;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public Task What_clients_see_fits_one_order_though_the_server_is_killed() => KilledAsync(3, 400);

    [Fact]
    [Trait("length", "long")]
    public Task What_clients_see_fits_one_order_however_often_the_server_is_killed() => KilledAsync(100, 1000);

    [Fact]
    [Trait("length", "long")]
    public async Task What_clients_of_two_servers_see_fits_one_order_though_etcds_leader_is_killed_and_frozen()
    {
        var seed = Random.Shared.Next();
        await using var etcd = await EtcdCluster.StartAsync(3, Cancellation);
        string[] store = ["--store", "etcd", .. etcd.Arguments("histories")];
        await using var one = await RealServer.StartAsync(Cancellation, [.. store, "--audit-chain", "one"]);
        await using var other = await one.StartTwinAsync(Cancellation, [.. store, "--audit-chain", "other", "--controllers", "off"]);
        using var project = await one.Client().PostAsync("/api/v1/namespaces", new StringContent("""{"metadata":{"name":"histories"}}""", Encoding.UTF8, "application/json"), Cancellation);
        Assert.Equal(201, (int)project.StatusCode);
        var run = new HistoryRun(seed, "/api/v1/namespaces/histories/configmaps");
        using var stop = new CancellationTokenSource();
        var working = run.WorkAsync(Enumerable.Range(0, Clients).Select(i => (i % 2 == 0 ? one : other).Client()), stop.Token, Cancellation);
        for (var i = 0; i < 6; i++)
        {
            await run.GrownAsync(300, working, Cancellation);
            var leader = await etcd.ServesAsync(Cancellation);
            if (i % 3 == 2) leader.Freeze();
            else leader.Kill();
            if (i % 3 == 1) await other.KillAsync();
            await run.GrownAsync(100, working, Cancellation);
            if (i % 3 == 2) leader.Thaw();
            else leader.Start();
            if (i % 3 == 1) await other.StartAgainAsync(Cancellation);
        }

        await run.GrownAsync(300, working, Cancellation);
        await stop.CancelAsync();
        await working;
        run.Check();
        TestContext.Current.SendDiagnosticMessage($"seed {seed}: {run.History.Count} operations, {run.History.Count(o => o.Outcome == Outcome.Unknown)} of unknown outcome, {run.Lists.Count} lists");
    }

    private static async Task KilledAsync(int kills, int between)
    {
        var seed = Random.Shared.Next();
        await using var server = await RealServer.StartAsync(Cancellation);
        using var project = await server.Client().PostAsync("/api/v1/namespaces", new StringContent("""{"metadata":{"name":"histories"}}""", Encoding.UTF8, "application/json"), Cancellation);
        Assert.Equal(201, (int)project.StatusCode);
        var run = new HistoryRun(seed, "/api/v1/namespaces/histories/configmaps");
        using var stop = new CancellationTokenSource();
        // Half of them in one connection, the others one each.
        var shared = server.Client();
        var working = run.WorkAsync(Enumerable.Range(0, Clients).Select(i => i % 2 == 0 ? shared : server.Client()), stop.Token, Cancellation);
        for (var i = 0; i < kills; i++)
        {
            await run.GrownAsync(between, working, Cancellation);
            await server.KillAsync();
            await server.StartAgainAsync(Cancellation);
        }

        await run.GrownAsync(between, working, Cancellation);
        await stop.CancelAsync();
        await working;
        run.Check();
        TestContext.Current.SendDiagnosticMessage($"seed {seed}: {run.History.Count} operations, {run.History.Count(o => o.Outcome == Outcome.Unknown)} of unknown outcome, {run.Lists.Count} lists");
    }
}
