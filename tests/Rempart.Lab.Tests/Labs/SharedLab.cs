using System.Diagnostics;
using Rempart.Api.Client;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Lab.Hosts;
using Rempart.Lab.Tests.Labs;

[assembly: AssemblyFixture(typeof(SharedLab))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Rempart.Lab.Tests.Labs;

/// <summary>One lab of three hosts for all tests of a run. Each test leaves it whole: <see cref="HealAsync"/> waits for that.</summary>
public sealed class SharedLab : IAsyncLifetime
{
    private const int Size = 3;
    private readonly BuiltPrograms _programs = new();

    public LabCluster Cluster { get; private set; } = null!;

    /// <summary>The administrator's client of the first API server.</summary>
    public ApiClient Api { get; private set; } = null!;

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public LabHost Host(int number) => Cluster.Hosts[number - 1];

    public async ValueTask InitializeAsync()
    {
        Cluster = await LabCluster.StartAsync(await _programs.PlanAsync(Size, CancellationToken.None), isOwned: true, _ => { }, step => Trace.WriteLine(step), TimeProvider.System, CancellationToken.None);
        Api = Cluster.Connect();
    }

    /// <summary>Folder of the guest that checks its own memory and disk.</summary>
    public static Task<string> PageCheckAsync() => BuiltPrograms.PageCheckAsync(Token);

    /// <summary>Ends cuts and frosts, starts what was stopped, and waits until the nodes are ready.</summary>
    public async Task HealAsync()
    {
        await Cluster.Planes.HealAsync(null, null, Token);
        foreach (var host in Cluster.Hosts)
        {
            if (host.IsFrozen) await host.ThawAsync(Token);
            if (!host.IsUp) await Cluster.RebootAsync(host, Token);
            // Of a host that was rebooted a moment ago the supervisor may be still to come.
            else await Cluster.UntilAsync($"the supervisor of `{host.Name}` answers", () => ReloadAsync(host), Token);
        }
        foreach (var host in Cluster.Hosts) await Cluster.UntilAsync($"node `{host.Name}` is ready", async () => await IsOfThisBootAsync(host) && await LabCluster.IsReadyAsync(Api, host.Name, Token), Token);
    }

    private static async Task<bool> ReloadAsync(LabHost host)
    {
        try
        {
            await host.InitAsync(["reload"], Token);
            return true;
        }
        catch (LabException)
        {
            return false;
        }
    }

    // For as long as a lease lasts a node is ready that was switched off: what counts is what the agent of this boot has said.
    private async Task<bool> IsOfThisBootAsync(LabHost host)
    {
        try
        {
            var boot = (await host.RunAsync(["cat", "/proc/sys/kernel/random/boot_id"], null, Token)).Trim();
            return (await Api.FindAsync<Node>(null, host.Name, Token))?.Status?.NodeInfo?.BootID == boot;
        }
        catch (Exception failure) when (failure is ApiException or IOException or HttpRequestException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        if (Cluster is not null) await Cluster.DownAsync(CancellationToken.None);
        _programs.Dispose();
    }
}
