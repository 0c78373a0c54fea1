using System.Net.NetworkInformation;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Infra;
using Rempart.Node.Hosts;
using Rempart.Node.Profiles;
using Rempart.Node.Volumes;
using Rempart.Testing.Api;
using Rempart.Testing.Time;

namespace Rempart.Node.Tests.Hosts;

public sealed class HostReporterTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_host_tells_what_room_its_pools_have_with_or_without_a_profile(bool profiled)
    {
        var time = new ManualTime();
        using var api = new FakeApi(time);
        using var client = api.Client();
        var folder = Directory.CreateTempSubdirectory("host-reporter-");
        using var folders = new PoolFolders(folder.FullName);
        api.Seed(new Host { Metadata = new() { Name = "h1" }, Spec = profiled ? new() { Profile = "p" } : null });
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var keeper = new ProfileKeeper(PlaneAddresses.None, new HostSpecFile(Path.Combine(folder.FullName, "profile.json"))) { Pools = new PoolKeeper(folders), Addresses = () => [] };
        var run = new HostReporter(client, keeper, _ => Task.FromResult(new HostStatus()), "h1", time, NullLogger.Instance).RunAsync(over.Token);
        await Eventually.HoldsAsync("the host is told of, or the reporter has ended", time, TimeSpan.FromSeconds(1), () => run.IsCompleted || api.Find<Host>(null, "h1")?.Status?.Pools is not null, Stop);
        Assert.False(run.IsCompleted, run.Exception?.Message);
        var pool = Assert.Single(api.Find<Host>(null, "h1")!.Status!.Pools!);
        Assert.Equal(("local", null, true), (pool.Name, pool.Path, pool.Available?.Value > 0));
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_look_at_the_host_that_fails_is_tried_again()
    {
        var time = new ManualTime();
        using var api = new FakeApi(time);
        using var client = api.Client();
        api.Seed(new Host { Metadata = new() { Name = "h1" } });
        var looks = 0;
        Task<HostStatus> LookAsync(CancellationToken _) => Interlocked.Increment(ref looks) switch
        {
            // Linux tells of a device that went while devices were listed by this one.
            1 => throw new NetworkInformationException(),
            2 => throw new IOException("gone"),
            _ => Task.FromResult(new HostStatus { Versions = new HostVersions { Agent = "0.3.0" } }),
        };
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var run = new HostReporter(client, new ProfileKeeper(PlaneAddresses.None, new HostSpecFile("/nonexistent/profile.json")), LookAsync, "h1", time, NullLogger.Instance).RunAsync(over.Token);
        await Eventually.HoldsAsync("the host is told of, or the reporter has ended", time, TimeSpan.FromSeconds(1), () => run.IsCompleted || api.Find<Host>(null, "h1")?.Status is not null, Stop);
        Assert.False(run.IsCompleted, run.Exception?.Message);
        Assert.Equal("0.3.0", api.Find<Host>(null, "h1")!.Status!.Versions!.Agent);
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }
}
