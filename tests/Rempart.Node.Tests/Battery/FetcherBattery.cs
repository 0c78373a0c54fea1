using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Rempart.Api.Tunnel;
using Rempart.Node.Fetching;
using Rempart.Node.Tests.Volumes;
using Rempart.Node.Volumes;
using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Battery;

/// <summary>The battery in curl's place: the agent's own code makes jail, descriptors and broker for a fetch. Another fetch, and a machine, go on beside it.</summary>
internal sealed class FetcherBattery : IAsyncDisposable
{
    private readonly BatteryHost host = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Socket source = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly PoolFixture pool = new();
    private Task other = Task.CompletedTask;
    private Task accepting = Task.CompletedTask;
    private BatteryTargets? targets;


    internal BatteryHost Host => host;

    /// <summary>Looks up names, and addresses in words, as the agent does; names under `test` are the test's.</summary>
    internal Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; set; } = (name, cancel) => name switch
    {
        "plane.test" => Task.FromResult<IPAddress[]>([IPAddress.Parse("10.0.0.1")]),
        "planes.test" => Task.FromResult<IPAddress[]>([IPAddress.Parse("10.0.0.1"), IPAddress.Parse("fd00::1"), IPAddress.Loopback]),
        _ => Dns.GetHostAddressesAsync(name, cancel),
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Folder => $"{host.Host.Settings.CgroupParent}-tools".TrimStart('/');

    /// <summary>Starts the machine and the fetch to be harmed.</summary>
    internal async Task<BatteryTargets> PrepareAsync()
    {
        targets = await host.PrepareAsync();
        source.Bind(new IPEndPoint(BrokerAttempts.Source, targets.ApiPort));
        source.Listen(64);
        accepting = AcceptAsync();
        var rest = new BatteryProgram();
        BatteryMonitor.Rest(rest);
        var partial = new Partials(pool.Pool, TimeProvider.System).Enter(Guid.NewGuid().ToString());
        await File.WriteAllBytesAsync(partial.Data, new byte[4096], Cancellation);
        await PlaceAsync(rest);
        other = RunAsync(new RuncTool(host.Host.Settings, host.Host.Jails, TimeProvider.System), partial.Data, stop.Token);
        for (var look = 0; look < 300 && (Tasks().Count == 0 || Sockets().Length == 0); look++) await Task.Delay(100, Cancellation);
        return targets = targets with
        {
            OwnFile = FetcherAttempts.Body,
            OwnStream = FetcherAttempts.Body,
            PlaceFile = "/usr/bin/curl",
            Other = new OtherFetch(Tasks().Single(), partial.Data, Sockets().Single()),
        };
    }

    /// <summary>Runs a program as the fetcher, and returns what it printed and what the agent made of its end.</summary>
    internal async Task<(string Output, CurlAnswer Answer)> RunAsync(BatteryProgram program, bool filter = true, CancellationToken? cancellationToken = null)
    {
        await PlaceAsync(program);
        var tool = new RecordingTool(new RuncTool(await host.SettingsAsync(filter), host.Host.Jails, TimeProvider.System));
        using var staged = pool.Pool.Stage();
        var answer = await RunAsync(tool, staged.File("data"), cancellationToken ?? Cancellation);
        return (tool.Last!.Output, answer);
    }

    /// <summary>Whether the other fetch goes on and has what it had, and the machine runs.</summary>
    internal async Task<bool> OthersLiveAsync() => !other.IsCompleted && Directory.Exists($"/proc/{targets!.Other!.Pid}")
        && (await File.ReadAllBytesAsync(targets.Other.File, Cancellation)).AsSpan().SequenceEqual(new byte[4096]) && await host.NeighborLivesAsync();

    /// <summary>Host pids in the jails of fetches.</summary>
    internal IReadOnlyList<int> Tasks()
    {
        var cgroups = Cgroups.Detect();
        var parent = Path.Combine(cgroups.Root, cgroups.Unified ? "" : "pids", Folder);
        if (!Directory.Exists(parent)) return [];
        // A runtime that is about to become the program is not it yet.
        return [.. Directory.EnumerateDirectories(parent).SelectMany(folder => File.ReadAllLines(Path.Combine(folder, "cgroup.procs"))).Select(line => int.Parse(line, CultureInfo.InvariantCulture))
            .Where(pid => File.ReadAllText($"/proc/{pid}/cmdline").StartsWith("/usr/bin/curl", StringComparison.Ordinal))];
    }

    /// <summary>Most tasks that one of the jails has now.</summary>
    internal int MostTasks()
    {
        var cgroups = Cgroups.Detect();
        var parent = Path.Combine(cgroups.Root, cgroups.Unified ? "" : "pids", Folder);
        return Directory.EnumerateDirectories(parent).Max(folder => int.Parse(File.ReadAllText(Path.Combine(folder, "pids.current")), CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAny(other);
        source.Dispose();
        await accepting;
        pool.Dispose();
        stop.Dispose();
        await host.DisposeAsync();
        Assert.False(Directory.Exists(Path.Combine("/sys/fs/cgroup/pids", Folder)));
    }

    // Where the image is: who comes is sent away.
    private async Task AcceptAsync()
    {
        try
        {
            while (true) (await source.AcceptAsync(stop.Token)).Dispose();
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private string[] Sockets() => Directory.GetFiles(pool.Root, "egress", SearchOption.AllDirectories);

    private async Task PlaceAsync(BatteryProgram program) => await BatteryHost.ReplaceAsync(await host.Host.Jails.PublishToolAsync("/usr/bin/curl", Cancellation) + "/usr/bin/curl", program);

    private async Task<CurlAnswer> RunAsync(IJailedTool tool, string file, CancellationToken cancellationToken)
    {
        var settings = new FetchSettings { Resolve = Resolve, OwnAddresses = _ => Task.FromResult<IReadOnlyCollection<IPAddress>>([BrokerAttempts.Own]), LongestRun = TimeSpan.FromMinutes(5) };
        var curl = new JailedCurl(tool, pool.Pool, settings, TimeProvider.System);
        using var body = Partial.Open(file);
        var request = new CurlRequest { Url = new Uri($"https://{BrokerAttempts.Source}:{targets!.ApiPort}/disk"), SourcePort = targets.ApiPort, Body = body, Most = FetcherAttempts.Most };
        return await curl.RunAsync(request, new FetchTerms { AllowedRanges = [$"{BrokerAttempts.Source}/32"], Authorities = "none" }, (_, _) => Task.CompletedTask, cancellationToken);
    }
}
