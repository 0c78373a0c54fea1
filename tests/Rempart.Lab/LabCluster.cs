using Rempart.Api.Client;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Lab.Cluster;
using Rempart.Lab.Hosts;
using Rempart.Lab.Layout;
using Rempart.Lab.Planes;

namespace Rempart.Lab;

/// <summary>A cluster of several hosts on one machine: `./dev lab` and the fixture of tests. Needs root.</summary>
public sealed class LabCluster
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(3);
    private readonly TimeProvider _time;
    private readonly LabOwner? _owner;

    private LabCluster(LabLayout layout, LabOwner? owner, TimeProvider time)
    {
        (Layout, _owner, _time) = (layout, owner, time);
        Planes = new PlaneSwitch(layout);
        Hosts = [.. layout.Hosts.Select(host => new LabHost(layout, host, time))];
    }

    public LabLayout Layout { get; }

    public PlaneSwitch Planes { get; }

    public IReadOnlyList<LabHost> Hosts { get; }

    /// <summary>Who may do everything but approve.</summary>
    public string AdminKubeconfig => Path.Combine(Layout.Folder, "admin.kubeconfig");

    public string OfficerKubeconfig => Path.Combine(Layout.Folder, "security-officer.kubeconfig");

    /// <summary>`rempart`, on the machine.</summary>
    public string Cli => Path.Combine(Layout.Plan.Programs, "cli/rempart");

    /// <summary>What the lab's programs find on the machine.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>(StringComparer.Ordinal) { ["KUBECONFIG"] = AdminKubeconfig, ["DOTNET_ROOT"] = Layout.Plan.Runtime };

    /// <summary>Makes a lab and returns when its nodes are ready. Nothing is left when it fails.</summary>
    /// <param name="plan">what it is to be; its slot is chosen here.</param>
    /// <param name="isOwned">it ends with this process: if that is killed before it could end it, the next process that starts a lab does.</param>
    /// <param name="claimed">told of it before anything is started, so that it can be found and ended whatever becomes of this process.</param>
    /// <param name="say">told of each step.</param>
    /// <param name="time">the clock.</param>
    /// <param name="cancellationToken">gives up, and removes what was made.</param>
    public static async Task<LabCluster> StartAsync(LabPlan plan, bool isOwned, Action<LabLayout> claimed, Action<string> say, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(claimed);
        ArgumentNullException.ThrowIfNull(say);
        await EndLeftAsync(say, time, cancellationToken);
        var (layout, owner) = await LabRegistry.ClaimAsync(slot => plan with { Slot = slot }, isOwned, cancellationToken);
        var lab = new LabCluster(layout, owner, time);
        claimed(lab.Layout);
        try
        {
            await lab.ResumeAsync(say, cancellationToken);
            return lab;
        }
        catch (Exception) when (IsKept)
        {
            owner?.Abandon();
            throw;
        }
        catch (Exception failure)
        {
            var logs = await lab.LogsAsync();
            await lab.DownAsync(CancellationToken.None);
            throw failure is OperationCanceledException ? failure : new LabException($"{failure.Message}\n{logs}", failure);
        }
    }

    /// <summary>A lab that was started before.</summary>
    /// <param name="folder">its folder.</param>
    /// <param name="time">the clock.</param>
    /// <exception cref="LabException">there is none.</exception>
    public static LabCluster Open(string folder, TimeProvider time) => new(LabRegistry.Open(folder), null, time);

    /// <summary>A host by its name.</summary>
    /// <exception cref="LabException">there is none of this name.</exception>
    public LabHost Host(string name) => Hosts.FirstOrDefault(host => host.Name == name) ?? throw new LabException($"there is no host `{name}`; these exist: {string.Join(", ", Hosts.Select(host => host.Name))}");

    /// <summary>A client of an API server, as the administrator.</summary>
    /// <param name="server">1 or 2.</param>
    public ApiClient Connect(int server = 1) => KubeconfigFile.Connect(AdminKubeconfig, Hosts[server - 1].Layout.ApiServer, _time);

    /// <summary>Brings up what is down, and joins who has not joined; returns when all nodes are ready.</summary>
    /// <param name="say">told of each step.</param>
    /// <param name="cancellationToken">gives up.</param>
    public async Task ResumeAsync(Action<string> say, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(say);
        say("planes");
        await Planes.UpAsync(cancellationToken);
        foreach (var host in Layout.Hosts) await Folders(host).MakeAsync(cancellationToken);
        say("hosts boot");
        await Task.WhenAll(Hosts.Select(host => BootAsync(host, cancellationToken)));
        say("keys of the cluster");
        await KeysAsync(cancellationToken);
        await FoundNetworkAsync(cancellationToken);
        say("services");
        await Task.WhenAll(Hosts.Select(host => ServeAsync(host, cancellationToken)));
        using var api = Connect();
        say("API server");
        await UntilAsync("the API server answers", () => AnswersAsync(api, cancellationToken), cancellationToken);
        say("hosts join");
        await Task.WhenAll(Hosts.Where(host => !NodeJoin.HasJoined(host.Layout)).Select(host => JoinAsync(host, cancellationToken)));
        say("nodes become ready");
        foreach (var host in Hosts) await UntilAsync($"node `{host.Name}` is ready", () => IsReadyAsync(api, host.Name, cancellationToken), cancellationToken);
        say("template");
        await GuestTemplate.Micro(this).EnsureAsync(api, cancellationToken);
    }

    /// <summary>Pulls the plug of a host, if it is up, and starts it anew; returns when its services have begun to start.</summary>
    public async Task RebootAsync(LabHost host, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(host);
        await host.KillAsync(cancellationToken);
        await BootAsync(host, cancellationToken);
        host.Release();
    }

    /// <summary>Ends every process and removes everything that the lab has on its machine. May be repeated.</summary>
    public async Task DownAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(Hosts.Select(host => host.KillAsync(cancellationToken)));
        await Planes.DownAsync(cancellationToken);
        LabRegistry.Forget(Layout);
        _owner?.Dispose();
    }

    /// <summary>Whether a node's Ready condition is `True`; false while the API does not answer.</summary>
    public static async Task<bool> IsReadyAsync(ApiClient api, string node, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(api);
        try
        {
            return (await api.FindAsync<Node>(null, node, cancellationToken))?.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true;
        }
        catch (Exception failure) when (failure is ApiException or IOException or HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Waits for something that comes by itself.</summary>
    /// <exception cref="LabException">it has not come within three minutes.</exception>
    public async Task UntilAsync(string what, Func<Task<bool>> holds, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(holds);
        var began = _time.GetTimestamp();
        while (!await holds())
        {
            if (_time.GetElapsedTime(began) > _patience) throw new LabException($"within {_patience.TotalMinutes} min it has not come true that {what}");
            await Task.Delay(_pause, _time, cancellationToken);
        }
    }

    private static bool IsKept => System.Environment.GetEnvironmentVariable("REMPART_LAB_KEEP") is { Length: > 0 };

    // Whoever they were for was killed; their hosts run on and have their slots.
    private static async Task EndLeftAsync(Action<string> say, TimeProvider time, CancellationToken cancellationToken)
    {
        foreach (var (layout, owner) in LabRegistry.Left())
        {
            say($"lab {layout.Plan.Id}, whose process has ended, is taken down");
            try
            {
                await new LabCluster(layout, owner, time).DownAsync(cancellationToken);
            }
            catch (Exception failure) when (failure is LabException or IOException or UnauthorizedAccessException)
            {
                // There are other slots, and the next one tries again.
                say($"lab {layout.Plan.Id} can't be taken down: {failure.Message}");
                owner.Dispose();
            }
        }
    }

    private async Task BootAsync(LabHost host, CancellationToken cancellationToken)
    {
        if (host.IsUp) return;
        await host.BootAsync(cancellationToken);
        await Planes.ConnectAsync(host, cancellationToken);
    }

    private async Task KeysAsync(CancellationToken cancellationToken)
    {
        var first = Hosts[0];
        if (!File.Exists(Path.Combine(first.Layout.InstanceFolder, "server/init.json")))
            await HostFolders.InitializeAsync(first, Services(first), Layout.Hosts.Where(host => host.HasApiServer), cancellationToken);
        foreach (var host in Layout.Hosts.Where(host => host.HasApiServer)) await Folders(host).CopyKeysAsync(first.Layout, cancellationToken);
        foreach (var kubeconfig in new[] { AdminKubeconfig, OfficerKubeconfig })
        {
            File.Copy(Path.Combine(first.Layout.InstanceFolder, "server", Path.GetFileName(kubeconfig)), kubeconfig, overwrite: true);
            File.SetUnixFileMode(kubeconfig, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    // Once in the lab's life: the others' databases join these.
    private async Task FoundNetworkAsync(CancellationToken cancellationToken)
    {
        var first = Hosts[0];
        if (Hosts.Count == 1 || Directory.Exists(Path.Combine(first.Layout.InstanceFolder, "network"))) return;
        await first.RunAsync([HostLayout.Program("node"), "network", "found", .. Services(first).NetworkOptions], null, cancellationToken);
    }

    private async Task ServeAsync(LabHost host, CancellationToken cancellationToken)
    {
        await WriteServicesAsync(host, cancellationToken);
        host.Release();
    }

    private async Task JoinAsync(LabHost host, CancellationToken cancellationToken)
    {
        await NodeJoin.RunAsync(host, Services(host), Cli, Environment, cancellationToken);
        await WriteServicesAsync(host, cancellationToken);
        await host.InitAsync(["reload"], cancellationToken);
    }

    private async Task WriteServicesAsync(LabHost host, CancellationToken cancellationToken)
    {
        var services = Services(host);
        var network = await host.RunAsync([HostLayout.Program("node"), "network", "services", .. services.NetworkOptions], null, cancellationToken);
        services.Write(network, withNode: NodeJoin.HasJoined(host.Layout));
    }

    private static async Task<bool> AnswersAsync(ApiClient api, CancellationToken cancellationToken)
    {
        try
        {
            await api.ListAllAsync<Node>(ListQuery.All, cancellationToken);
            return true;
        }
        catch (Exception failure) when (failure is ApiException or IOException or HttpRequestException)
        {
            return false;
        }
    }

    // The last words of whatever is not well.
    private async Task<string> LogsAsync()
    {
        var said = new List<string>();
        foreach (var host in Hosts.Where(host => host.IsUp))
        {
            var (_, status, _) = await Tools.Command.TryAsync(host.Command(HostLayout.Program("init"), "status", "--data", host.Layout.InsideFolder), null, CancellationToken.None);
            foreach (var service in status.Split('\n').Where(line => line.Contains(" Failed ", StringComparison.Ordinal) || line.Contains(" Starting ", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]))
            {
                var log = Path.Combine(host.Layout.InstanceFolder, "logs", $"{service}.log");
                said.Add($"--- {host.Name}, {service}:\n{(File.Exists(log) ? string.Join('\n', (await File.ReadAllLinesAsync(log)).TakeLast(8)) : "no log")}");
            }
        }
        return string.Join('\n', said);
    }

    private HostFolders Folders(HostLayout host) => new(Layout, host, _time);

    private HostServices Services(LabHost host) => new(Layout, host.Layout);
}
