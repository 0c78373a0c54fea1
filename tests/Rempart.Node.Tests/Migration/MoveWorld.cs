using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Controllers;
using Rempart.Node.Tests.Machines;
using Rempart.Node.Volumes;
using Rempart.Runtime.Controllers;
using Rempart.Testing.Api;

namespace Rempart.Node.Tests.Migration;

/// <summary>Two hosts with real machines, their agents, and the server's controllers, over an API in memory and in real time.</summary>
internal sealed class MoveWorld : IAsyncDisposable
{
    private const string Running = "running";
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _controllers;
    private readonly Task _watch;
    private readonly ConcurrentDictionary<string, int> _seen = new(StringComparer.Ordinal);
    private volatile string? _twice;
    private int _moves;

    internal MoveWorld()
    {
        Api = new FakeApi(TimeProvider.System);
        One = new MoveNode(Api, "h1");
        Two = new MoveNode(Api, "h2");
        _controllers = Task.Run(() => new ControllerHost(ControllerSet.Core(_key), _ => Api.Client(), TimeProvider.System, NullLoggerFactory.Instance).RunAsync(_stop.Token));
        _watch = Task.Run(() => WatchAsync(_stop.Token));
    }

    internal FakeApi Api { get; }

    internal MoveNode One { get; }

    internal MoveNode Two { get; }

    internal VirtualMachine Machine => Api.Find<VirtualMachine>("p", "web")!;

    internal string Uid => Machine.Metadata.Uid!;

    /// <summary>The host that the machine belongs to.</summary>
    internal MoveNode Here => Machine.Status!.NodeName == "h1" ? One : Two;

    internal MoveNode There => Here == One ? Two : One;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The page checker runs on the first host and has begun to check.</summary>
    /// <param name="restart">the machine's restart policy.</param>
    /// <param name="sync">blocks until they are made durable.</param>
    /// <param name="data">a further disk of so many MiB, `web-data`, which the checker leaves alone; none at 0.</param>
    internal async Task StartAsync(string? restart = null, int sync = 256, int data = 0)
    {
        await PageGuest.BuildAsync(Cancellation);
        var files = Path.Combine(MicroGuest.Repository, "artifacts", "pagecheck");
        string root = "", kernel = "", initrd = "";
        foreach (var node in new[] { One, Two })
        {
            root = await node.IngestAsync(Enumerable.Range(0, 8 << 20).Select(at => (byte)(at >> 12)).ToArray(), ImageType.Disk, Cancellation);
            kernel = await node.IngestAsync(await File.ReadAllBytesAsync(Path.Combine(files, "vmlinuz"), Cancellation), ImageType.Kernel, Cancellation);
            initrd = await node.IngestAsync(await File.ReadAllBytesAsync(Path.Combine(files, "initramfs.cpio.gz"), Cancellation), ImageType.Initrd, Cancellation);
        }
        foreach (var (name, type, digest) in new[] { ("root", "Disk", root), ("kernel", "Kernel", kernel), ("initrd", "Initrd", initrd) })
            Api.Seed(new Image { Metadata = new() { Name = name }, Spec = new() { Type = type, Digest = digest }, Status = new() { Phase = "Ready", Nodes = ["h1", "h2"] } });
        var template = new MachineTemplateSpec
        {
            Os = new() { Family = "linux", Name = "pagecheck" },
            RootDisk = new() { Image = "root", Digest = root },
            Boot = new() { Firmware = "Direct", Kernel = new() { Image = "kernel", Digest = kernel }, Initrd = new() { Image = "initrd", Digest = initrd }, CommandLine = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"console=ttyS0 quiet pc_memory=16 pc_pages=32 pc_pause=8000 pc_sync={sync}") },
            Classes = ["small"],
        };
        One.StartAgent();
        Api.Seed(new VirtualMachine
        {
            Metadata = new() { Namespace = "p", Name = "web", Uid = Guid.NewGuid().ToString("D") },
            Spec = new() { Template = "pagecheck", Class = "small", NetworkInterfaces = [], RestartPolicy = restart, Volumes = data == 0 ? null : [new() { Name = "data", Size = Quantity.FromBytes((long)data << 20) }] },
            Status = new() { Template = template, Resources = new() { Cpus = 1, Memory = Quantity.FromBytes(PageGuest.MemoryMiB << 20) } },
        });
        await UntilAsync("a machine that checks", async () => Machine.Status?.Phase == MachinePhase.Running && PageGuest.Rounds(await One.ConsoleAsync(Uid, Cancellation)).Count > 20);
        Two.StartAgent();
        await UntilAsync("a second node", () => Task.FromResult(Api.Find<Rempart.Api.Core.Node>(null, "h2")?.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true));
    }

    /// <summary>Asks for a move to the other host.</summary>
    internal string Move(Func<MachineMigrationSpec, MachineMigrationSpec>? change = null)
    {
        var name = $"move-{++_moves}";
        var spec = new MachineMigrationSpec { Machine = "web", TimeoutSeconds = 600 };
        Api.Seed(new MachineMigration
        {
            Metadata = new() { Namespace = "p", Name = name, Uid = Guid.NewGuid().ToString("D") },
            Spec = change?.Invoke(spec) ?? spec,
            Status = new() { MachineUid = Uid },
        });
        return name;
    }

    /// <summary>Asks for the disk to go to another pool of its host.</summary>
    internal string MoveDisk(string pool, long? bandwidth = null) => Move(spec => spec with { Volumes = [new() { Name = "web-root", Pool = pool }], Bandwidth = bandwidth is { } bytes ? Quantity.FromBytes(bytes) : null });

    /// <summary>Asks for all of its disks to go to another pool of their host.</summary>
    internal string MoveDisks(string pool, long? bandwidth = null) =>
        Move(spec => spec with { Volumes = [.. Machine.Status!.Volumes!.Select(volume => new MigrationVolume { Name = volume.ObjectName, Pool = pool })], Bandwidth = bandwidth is { } bytes ? Quantity.FromBytes(bytes) : null });

    internal string VolumeUid => Api.Find<Volume>("p", "web-root")!.Metadata.Uid!;

    internal Volume Data => Api.Find<Volume>("p", "web-data")!;

    /// <summary>The pool that the machine's disk is said to be in.</summary>
    internal string? Pool => Api.Find<Volume>("p", "web-root")!.Status!.Pool;

    internal async Task CompletedAsync(string move)
    {
        await SaysAsync(move, "the end", status => MigrationPhase.IsEnded(status.Phase));
        Assert.True(Find(move).Status!.Phase == MigrationPhase.Completed, Describe(move));
        await UntilAsync("notes that are gone", () => Task.FromResult(!Here.Left.Any(left => left.Contains("moves", StringComparison.Ordinal))), () => Describe(move));
    }

    /// <summary>The disk is in this pool alone, its guest goes on and has found all as it left it.</summary>
    internal async Task AssertInPoolAsync(string pool)
    {
        Assert.Equal(pool, Pool);
        await UntilAsync("one file", () => Task.FromResult(Here.PoolsOf(VolumeUid) is [var only] && only == pool), () => string.Join(", ", Here.PoolsOf(VolumeUid)));
        await Here.RoundsAsync(Uid, 20, Cancellation);
        PageGuest.AssertWhole(PageGuest.LastLife(await Here.ConsoleAsync(Uid, Cancellation)));
        Assert.Null(_twice);
        await UntilAsync("a machine that is said to run", () => Task.FromResult(Machine.Status is { Phase: MachinePhase.Running }));
    }

    /// <summary>Writes so much to the disk, behind what the checker uses, while the machine is off.</summary>
    internal async Task FillDiskAsync(int mebibytes)
    {
        await PowerAsync(PowerState.Stopped, MachinePhase.Stopped);
        await Volumes.Programs.OutputAsync("qemu-io", "--image-opts", "-c", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"write -P 7 2M {mebibytes}M"), Here.ChainOf(Pool!, VolumeUid, Machine.Status!.Template!.RootDisk.Digest));
        await PowerAsync(PowerState.Running, MachinePhase.Running);
        await Here.RoundsAsync(Uid, 20, Cancellation);
    }

    /// <summary>What was written there of <c>web-data</c> is in this pool alone, whole.</summary>
    internal async Task AssertDataAsync(string pool, int mebibytes)
    {
        Assert.Equal(pool, Data.Status!.Pool);
        await UntilAsync("one file of the data", () => Task.FromResult(Here.PoolsOf(Data.Metadata.Uid!) is [var only] && only == pool), () => string.Join(", ", Here.PoolsOf(Data.Metadata.Uid!)));
        await PowerAsync(PowerState.Stopped, MachinePhase.Stopped);
        var output = await Volumes.Programs.OutputAsync("qemu-io", "-f", "qcow2", "-c", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"read -P 9 0 {mebibytes}M"), Here.FileOf(pool, Data.Metadata.Uid!));
        Assert.DoesNotContain("failed", output, StringComparison.Ordinal);
        await PowerAsync(PowerState.Running, MachinePhase.Running);
    }

    /// <summary>Writes so much to <c>web-data</c> while the machine is off.</summary>
    internal async Task FillDataAsync(int mebibytes)
    {
        await PowerAsync(PowerState.Stopped, MachinePhase.Stopped);
        await Volumes.Programs.OutputAsync("qemu-io", "-f", "qcow2", "-c", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"write -P 9 0 {mebibytes}M"), Here.FileOf(Data.Status!.Pool!, Data.Metadata.Uid!));
        await PowerAsync(PowerState.Running, MachinePhase.Running);
        await Here.RoundsAsync(Uid, 20, Cancellation);
    }

    internal async Task PowerAsync(string state, string phase)
    {
        Api.Together(() => Api.Seed(Machine with { Spec = Machine.Spec with { PowerState = state } }));
        await UntilAsync(phase, () => Task.FromResult(Machine.Status?.Phase == phase));
    }

    internal MachineMigration Find(string move) => Api.Find<MachineMigration>("p", move)!;

    internal Task SaysAsync(string move, string what, Func<MachineMigrationStatus, bool> condition) =>
        UntilAsync($"{what} of {move}", () => Task.FromResult(Find(move).Status is { } status && condition(status)), () => Describe(move));

    /// <summary>It runs on exactly one host, checks on there without a bad page, and nothing of it is on the other.</summary>
    internal async Task AssertWholeAsync(string move)
    {
        await UntilAsync("an empty other host", () => Task.FromResult(There.Left.Count == 0), () => $"{string.Join(", ", There.Left)}; {Describe(move)}");
        await UntilAsync("notes that are gone", () => Task.FromResult(!Here.Left.Any(left => left.Contains("moves", StringComparison.Ordinal))));
        var before = PageGuest.Rounds(await Here.ConsoleAsync(Uid, Cancellation)).Count;
        await UntilAsync("a guest that goes on", async () => PageGuest.Rounds(await Here.ConsoleAsync(Uid, Cancellation)).Count > before + 20, () => Describe(move));
        PageGuest.AssertWhole(await Here.ConsoleAsync(Uid, Cancellation));
        // The watch that finds no second copy does see the one that there is.
        var sightings = _seen.GetValueOrDefault(Here.Name);
        await UntilAsync("a watch that sees it run", () => Task.FromResult(_seen.GetValueOrDefault(Here.Name) > sightings));
        Assert.Null(_twice);
        await UntilAsync("a machine that is said to run", () => Task.FromResult(Machine.Status is { Phase: MachinePhase.Running }), () => Describe(move));
    }

    internal string Describe(string move) => System.Text.Json.JsonSerializer.Serialize(Find(move).Status, Rempart.Api.ApiJson.Lenient.GetTypeInfo(typeof(MachineMigrationStatus)));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_watch);
        await Task.WhenAny(_controllers);
        await One.DisposeAsync();
        await Two.DisposeAsync();
        Api.Dispose();
        _key.Dispose();
        _stop.Dispose();
    }

    internal static async Task UntilAsync(string what, Func<Task<bool>> condition, Func<string>? otherwise = null)
    {
        for (var look = 0; look < 1800; look++)
        {
            if (await condition()) return;
            await Task.Delay(100, Cancellation);
        }
        Assert.Fail($"{what} never came to be: {otherwise?.Invoke()}");
    }

    // One host twice around the other: a guest that was let go in between does not count as two.
    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if (Api.Find<VirtualMachine>("p", "web")?.Metadata.Uid is { } uid && await RunsAsync(One, uid) & await RunsAsync(Two, uid) && await RunsAsync(One, uid)) _twice = "the guest ran on both hosts";
            await Task.Delay(50, CancellationToken.None);
        }
    }

    private async Task<bool> RunsAsync(MoveNode node, string uid)
    {
        try
        {
            if (await node.Driver.UseAsync(uid, (_, session, token) => session.StateAsync(token), CancellationToken.None) != Running) return false;
            _seen.AddOrUpdate(node.Name, 1, (_, times) => times + 1);
            return true;
        }
        catch (Exception)
        {
            // No machine there, or an agent that is being ended.
            return false;
        }
    }
}
