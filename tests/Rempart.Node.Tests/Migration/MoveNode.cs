using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Linux;
using Rempart.Node.Agent;
using Rempart.Node.Machines;
using Rempart.Node.Tests.Machines;
using Rempart.Node.Tests.Networks;
using Rempart.Node.Tests.Volumes;
using Rempart.Node.Volumes;
using Rempart.Testing.Api;

namespace Rempart.Node.Tests.Migration;

/// <summary>A host with real machines and volumes, and an agent over the API in memory that can be ended and made anew at any time.</summary>
internal sealed class MoveNode : IAsyncDisposable
{
    private const int WholeLog = 4 << 20;
    private readonly JailHost _jails = new();
    private readonly PoolFolders _pools;
    private readonly DirectoryImages _images;
    private readonly List<string> _mounted = [];
    private readonly FakeSwitch _switch = new();
    private readonly FakeApi _api;
    private CancellationTokenSource _stop = new();
    private Task _agent = Task.CompletedTask;
    private NodeLine _line;

    internal MoveNode(FakeApi api, string name)
    {
        (_api, Name) = (api, name);
        _line = new(api, name);
        _pools = new PoolFolders(_jails.Settings.DataFolder);
        _images = new DirectoryImages(_pools.Home, new ImageConverter(new UnjailedTool(), _pools.Home, "/usr/bin/qemu-img", TimeProvider.System)) { Cloners = _pools.Whole };
        Driver = _jails.NewDriver();
    }

    internal string Name { get; }

    internal MachineDriver Driver { get; private set; }

    internal NodeLine Line => _line;

    internal async Task<string> IngestAsync(byte[] bytes, ImageType type, CancellationToken cancellationToken)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        await _images.IngestAsync(new ImageRequest(digest, type, DiskFormat.Raw, 64 << 20), new MemoryStream(bytes), cancellationToken);
        return "sha256:" + digest;
    }

    internal void StartAgent()
    {
        _stop = new CancellationTokenSource();
        var drivers = new AgentDrivers
        {
            Machines = Driver,
            Pausing = Driver,
            Moves = Driver,
            Volumes = new DirectoryPools(_pools, _images),
            Images = _images,
            Networks = _switch,
            Seeds = new SeedFiles(_pools.Home),
            OpenTap = _ => throw new InvalidOperationException("these machines have no card"),
            Accelerator = Accelerator.Tcg,
        };
        var agent = new NodeAgent(new AgentSettings(Path.Combine(_jails.Settings.DataFolder, "agent"), new Uri("https://api.test"), Name), drivers, new AcceleratorChoice(Accelerator.Tcg, "no kvm here"), new HostFacts(4, 8L << 30, new()), _line.Client(), TimeProvider.System, NullLoggerFactory.Instance);
        Directory.CreateDirectory(Path.Combine(_jails.Settings.DataFolder, "agent"));
        _agent = agent.RunAsync(_stop.Token);
    }

    /// <summary>As a new agent after the last one was killed: nothing of it is left but what it wrote.</summary>
    internal async Task RestartAgentAsync()
    {
        await StopAgentAsync();
        _line = new(_api, Name);
        Driver = _jails.NewDriver();
        StartAgent();
    }

    internal async Task StopAgentAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_agent);
        if (_agent.Exception is { } surprise && !surprise.Flatten().InnerExceptions.All(inner => inner is OperationCanceledException)) Assert.Fail(surprise.ToString());
        await Driver.DisposeAsync();
    }

    internal async Task<string> ConsoleAsync(string uid, CancellationToken cancellationToken) => Encoding.ASCII.GetString(await Driver.ReadLogAsync(uid, WholeLog, cancellationToken));

    /// <summary>The pools that have files of a volume.</summary>
    internal IReadOnlyList<string> PoolsOf(string uid) => [.. _pools.All.Where(pool => Directory.Exists(pool.Value.Volume(uid))).Select(pool => pool.Key).Order(StringComparer.Ordinal)];

    /// <summary>What `--image-opts` takes for a volume in a pool.</summary>
    internal string ChainOf(string pool, string uid, string image) =>
        $"driver=qcow2,file.driver=file,file.filename={_pools.Of(pool).Volume(uid)}/disk.qcow2,backing.driver=qcow2,backing.file.driver=file,backing.file.filename={_pools.Home.Image(image["sha256:".Length..])}/data";

    /// <summary>The file of a volume in a pool.</summary>
    internal string FileOf(string pool, string uid) => Path.Combine(_pools.Of(pool).Volume(uid), "disk.qcow2");

    /// <summary>Takes all room of a pool that has a file system of its own.</summary>
    internal void FillPool(string pool)
    {
        using var file = new FileStream(Path.Combine(_pools.PlaceOf(pool)!, "filler"), FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var page = new byte[4096];
        while (FileSystemSpace.Of(_pools.PlaceOf(pool)!).Available >= page.Length) file.Write(page);
    }

    /// <summary>Gives a pool a file system of its own, in memory.</summary>
    internal void MountPool(string pool, int mebibytes)
    {
        var path = Directory.CreateDirectory(Path.Combine(_jails.Settings.DataFolder, $"disk-of-{pool}")).FullName;
        Mount("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m,mode=0700", "rempart-pool", path);
        _mounted.Add(path);
        _pools.Place(pool, path);
    }

    /// <summary>Kills a QEMU behind everybody's back.</summary>
    internal async Task KillMachineAsync(string uid, CancellationToken cancellationToken)
    {
        var pid = (await Driver.InspectAsync(uid, cancellationToken)).Pid!.Value;
        using var process = System.Diagnostics.Process.GetProcessById(pid);
        process.Kill();
        await process.WaitForExitAsync(cancellationToken);
    }

    internal async Task RoundsAsync(string uid, int more, CancellationToken cancellationToken)
    {
        var before = PageGuest.Rounds(await ConsoleAsync(uid, cancellationToken)).Count;
        await MoveWorld.UntilAsync("a guest that goes on", async () => PageGuest.Rounds(await ConsoleAsync(uid, cancellationToken)).Count > before + more);
    }

    /// <summary>Everything that is here of machines and moves.</summary>
    internal IReadOnlyList<string> Left => [.. Files("workloads", directories: true), .. _pools.All.SelectMany(pool => Directory.EnumerateDirectories(pool.Value.Volumes).Select(volume => $"{pool.Key}/volumes/{Path.GetFileName(volume)}")), .. Files("pool/seeds"), .. Files("agent/machines"), .. Files("agent/moves"), .. _switch.Uids];

    public async ValueTask DisposeAsync()
    {
        await StopAgentAsync();
        _images.Dispose();
        // Lazily: a machine may have its disk there until its host is gone.
        foreach (var path in _mounted) Mount("umount", "--lazy", path);
        _pools.Dispose();
        await _jails.DisposeAsync();
        _stop.Dispose();
        _line.Dispose();
    }

    private static void Mount(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private IEnumerable<string> Files(string folder, bool directories = false)
    {
        var path = Path.Combine(_jails.Settings.DataFolder, folder);
        return !Directory.Exists(path) ? [] : (directories ? Directory.EnumerateDirectories(path) : Directory.EnumerateFiles(path)).Select(file => $"{folder}/{Path.GetFileName(file)}");
    }
}
