using System.Globalization;
using Rempart.Cli.Commands;
using Rempart.Cli.Tests.Http;

namespace Rempart.Cli.Tests.Commands;

public sealed class RollingMaintenanceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rempart-rolling-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Hosts_are_taken_one_after_the_other_and_first_the_one_that_is_in_maintenance_already()
    {
        await using var cluster = await FakeCluster.StartAsync("host1", "host2", "host3");
        cluster.Documents[$"{FakeCluster.Maintenances}/host2"] = FakeCluster.Json("""{"metadata":{"name":"host2"},"status":{"phase":"Drained"}}""");
        Assert.Equal(ExitCode.Ok, await RunAsync(cluster, Program("echo \"$1\" >>\"$(dirname \"$0\")/done\""), 60));
        Assert.Equal(["host2", "host1", "host3"], await File.ReadAllLinesAsync(Path.Combine(_folder, "done"), Stop));
        Assert.Equal(["host2", "host1", "host3"], Left(cluster));
    }

    [Fact]
    public async Task The_next_host_is_not_taken_while_a_server_of_the_cluster_is_not_ready()
    {
        await using var cluster = await FakeCluster.StartAsync("host1", "host2");
        cluster.First = (_, context) =>
        {
            // host1's server does not come back; its Node does.
            if (context.Request.Method == "POST") cluster.NotReady[1] = true;
            return Task.FromResult(false);
        };
        var refused = await Assert.ThrowsAsync<CliException>(() => RunAsync(cluster, Program("true"), 1));
        Assert.Equal(ExitCode.Timeout, refused.ExitCode);
        Assert.Contains($"{cluster[1].Address}: is not ready", refused.Message, StringComparison.Ordinal);
        Assert.Contains("`host1` stays in maintenance", refused.Message, StringComparison.Ordinal);
        AssertOnlyTheFirstIsTaken(cluster);
    }

    [Fact]
    public async Task The_next_host_is_not_taken_before_the_one_before_has_given_signs_of_life()
    {
        await using var cluster = await FakeCluster.StartAsync("host1", "host2");
        cluster.Silent["host1"] = true;
        // Its Node is ready still: the program has only asked for a reboot.
        var refused = await Assert.ThrowsAsync<CliException>(() => RunAsync(cluster, Program("true"), 1));
        Assert.Contains("`host1` has given 0 signs of life within 1 s: it stays in maintenance", refused.Message, StringComparison.Ordinal);
        AssertOnlyTheFirstIsTaken(cluster);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_host_is_taken_when_a_server_is_away_or_nobody_runs_the_controllers(bool server)
    {
        await using var cluster = await FakeCluster.StartAsync("host1");
        if (server) await cluster[1].KillAsync();
        else cluster.Documents.TryRemove(FakeCluster.Leader, out _);
        var refused = await Assert.ThrowsAsync<CliException>(() => RunAsync(cluster, null, 1));
        Assert.Contains(server ? $"{cluster[1].Address}: is unreachable" : "no server runs the controllers", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(cluster.Requests, request => request.StartsWith("POST", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_goes_on_when_the_server_that_it_asks_dies_on_the_host_that_is_worked_on()
    {
        await using var cluster = await FakeCluster.StartAsync("host1", "host2");
        var killed = false;
        cluster.First = async (place, context) =>
        {
            if (killed || place != 0 || !context.Request.Path.StartsWithSegments(FakeCluster.Lives[..^1] + "/host1", StringComparison.Ordinal) || cluster.Requests.All(request => !request.StartsWith("POST", StringComparison.Ordinal))) return false;
            killed = true;
            context.Abort();
            await Task.Yield();
            _ = cluster[0].KillAsync();
            return true;
        };
        var refused = await Assert.ThrowsAsync<CliException>(() => RunAsync(cluster, Program("true"), 8));
        Assert.True(killed);
        Assert.Contains($"{cluster[0].Address}: is unreachable", refused.Message, StringComparison.Ordinal);
        AssertOnlyTheFirstIsTaken(cluster);
    }

    [Fact]
    public async Task A_program_ends_with_the_command()
    {
        await using var cluster = await FakeCluster.StartAsync("host1");
        var program = Program("echo $$ >\"$(dirname \"$0\")/pid.new\"; mv \"$(dirname \"$0\")/pid.new\" \"$(dirname \"$0\")/pid\"; while :; do sleep 1; done");
        using var key = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var run = RunAsync(cluster, program, 60, key.Token);
        var file = Path.Combine(_folder, "pid");
        await Rempart.Testing.Time.Eventually.HoldsAsync("the program runs", () => File.Exists(file), Stop);
        var pid = int.Parse((await File.ReadAllTextAsync(file, Stop)).Trim(), CultureInfo.InvariantCulture);
        await key.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await Rempart.Testing.Time.Eventually.HoldsAsync("the program has ended", () => !Directory.Exists($"/proc/{pid}"), Stop);
        Assert.Empty(Left(cluster));
    }

    private static void AssertOnlyTheFirstIsTaken(FakeCluster cluster)
    {
        Assert.Single(cluster.Requests, request => request.StartsWith("POST", StringComparison.Ordinal));
        Assert.True(cluster.Documents.ContainsKey($"{FakeCluster.Maintenances}/host1"));
        Assert.Empty(Left(cluster));
    }

    private static string[] Left(FakeCluster cluster) => [.. cluster.Requests.Where(request => request.StartsWith("DELETE", StringComparison.Ordinal)).Select(request => request[(request.LastIndexOf('/') + 1)..])];

    private static Task<int> RunAsync(FakeCluster cluster, string? program, int seconds) => RunAsync(cluster, program, seconds, Stop);

    private static async Task<int> RunAsync(FakeCluster cluster, string? program, int seconds, CancellationToken cancellationToken)
    {
        using var scope = new CommandScope(RootProgram.Build().Parse(["status", "--kubeconfig", cluster.Kubeconfig]));
        var steps = new MaintenanceSteps(scope, await scope.CatalogAsync(cancellationToken), null, TimeSpan.FromSeconds(seconds));
        return await new RollingMaintenance(scope, steps, program) { Pause = TimeSpan.FromMilliseconds(20) }.RunAsync(cancellationToken);
    }

    private string Program(string body)
    {
        var path = Path.Combine(_folder, "work");
        File.WriteAllText(path, "#!/bin/sh\n" + body + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
