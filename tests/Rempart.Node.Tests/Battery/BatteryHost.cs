using System.Globalization;
using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Rempart.Linux;
using Rempart.Node.Machines;
using Rempart.Node.Tests.Machines;
using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Battery;

/// <summary>A host with a machine to be harmed, and the battery in QEMU's place in another one: the agent's own driver starts it.</summary>
internal sealed class BatteryHost : IAsyncDisposable
{
    private const UnixFileMode Program = (UnixFileMode)0b101_101_101;
    private const UnixFileMode Everyone = (UnixFileMode)0b110_110_110;
    private readonly JailHost host = new();
    private readonly List<IDisposable> listeners = [];
    private readonly List<string> taps = [];
    private readonly MachineDriver driver;
    private WorkloadState? neighbor;
    private Socket? api;

    // One for all of it: QEMU's monitor takes one session at a time.
    internal BatteryHost() => driver = host.NewDriver();

    internal string Neighbor { get; } = JailHost.NewUid();

    internal JailHost Host => host;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Data => host.Settings.DataFolder;

    /// <summary>Starts the machine to be harmed, a real one, and everything that could be reached.</summary>
    internal async Task<BatteryTargets> PrepareAsync()
    {
        neighbor = await JailHost.ReadyMachineAsync(driver, Neighbor, Cancellation);
        // All of it as open as can be: what holds must be the jail.
        File.SetUnixFileMode(Data, (UnixFileMode)0b111_101_101);
        foreach (var name in new[] { "agent.key", "volume.img" }) Write(name, 4096);
        var path = Path.Combine(Data, "open.sock");
        listeners.Add(Listen(new UnixDomainSocketEndPoint(path)));
        File.SetUnixFileMode(path, Everyone);
        var hidden = "rempart-battery-" + host.Settings.Instance;
        listeners.Add(Listen(new UnixDomainSocketEndPoint("\0" + hidden)));
        api = Listen(new IPEndPoint(IPAddress.Loopback, 0));
        listeners.Add(api);
        return new BatteryTargets
        {
            NeighborPid = neighbor.Pid!.Value,
            NeighborFolder = host.Folder(Neighbor),
            Secret = Path.Combine(Data, "agent.key"),
            Volume = Path.Combine(Data, "volume.img"),
            OpenSocket = path,
            AbstractSocket = hidden,
            ApiPort = ((IPEndPoint)api.LocalEndPoint!).Port,
            Place = "",
            PlaceFile = host.Settings.Qemu,
        };
    }

    /// <summary>Whether the other machine runs, is the same process and answers.</summary>
    internal async Task<bool> NeighborLivesAsync() => await driver.InspectAsync(Neighbor, Cancellation) is { Phase: WorkloadPhase.Running, GuestReady: true } state && state.Pid == neighbor!.Pid;

    /// <summary>Whether anybody has connected to the port on loopback.</summary>
    internal bool WasReached() => api!.Poll(0, SelectMode.SelectRead);

    /// <summary>Starts a machine whose QEMU is <paramref name="program"/>; all else of it is as the driver makes it.</summary>
    /// <param name="program">the battery.</param>
    /// <param name="uid">of the machine.</param>
    /// <param name="filter">false: the bundle's system call filter lets everything through; nothing else changes.</param>
    internal async Task<(MachineDriver Driver, WorkloadState State)> StartAsync(BatteryProgram program, string uid, bool filter = true)
    {
        var taken = await DriverAsync(program, filter);
        return (taken, await taken.StartAsync(await LaunchAsync(uid), Cancellation));
    }

    internal async Task<MachineDriver> DriverAsync(BatteryProgram program, bool filter = true)
    {
        var root = await host.Jails.PublishAsync(Cancellation);
        await ReplaceAsync(root.Path + host.Settings.Qemu, program);
        return host.NewDriver(await SettingsAsync(filter));
    }

    /// <summary>Puts the battery in the place of a program in a published root.</summary>
    internal static async Task ReplaceAsync(string path, BatteryProgram program)
    {
        // A new file: who runs already keeps the old one.
        File.Delete(path);
        await File.WriteAllBytesAsync(path, program.Build(), Cancellation);
        File.SetUnixFileMode(path, Program);
    }

    internal async Task<WorkloadSettings> SettingsAsync(bool filter) => filter ? host.Settings : host.Settings with { Runtime = await UnfilteredRuntimeAsync() };

    internal async Task<MachineLaunch> LaunchAsync(string uid)
    {
        var disk = Write($"{uid}.disk", 1 << 20);
        File.SetUnixFileMode(disk, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var image = Write($"{uid}.image", 4096);
        File.SetUnixFileMode(image, (UnixFileMode)0b100_100_100);
        var tap = string.Create(CultureInfo.InvariantCulture, $"rb{taps.Count}{host.Settings.Instance}");
        taps.Add(tap);
        return await MicroGuest.LaunchAsync(uid, Cancellation) with
        {
            Disks =
            [
                new MachineDisk("root", "root",
                [
                    new DiskLayer(File.OpenHandle(disk, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite), DiskFormat.Qcow2, ReadOnly: false) { MostBytes = 1 << 20 },
                    new DiskLayer(File.OpenHandle(image, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), DiskFormat.Raw, ReadOnly: true),
                ]),
            ],
            Nics = [new MachineNic("nic0", "52:54:00:00:00:01", TapDevice.Open(tap, vnetHeader: false, persistent: false, networkNamespace: null), VnetHeader: false)],
        };
    }

    /// <summary>The program as root outside any jail, with files of its own under the same numbers. Mounts, names and System V objects are apart from the host's.</summary>
    /// <param name="write">the attempts.</param>
    /// <param name="targets">what is there.</param>
    /// <param name="open">opens files and a socket of a folder, in the order of their numbers; null for those of a machine.</param>
    internal async Task<string> RunOutsideAsync(Action<BatteryProgram, BatteryTargets> write, BatteryTargets targets, Func<Func<string, SafeHandle>, IReadOnlyList<SafeHandle>>? open = null)
    {
        var place = Directory.CreateDirectory(Path.Combine(Data, "outside-" + JailHost.NewUid())).FullName;
        string Copy(string name)
        {
            var path = Path.Combine(place, name);
            File.WriteAllBytes(path, new byte[4096]);
            File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
            return path;
        }
        var program = new BatteryProgram();
        write(program, targets with { Place = place, PlaceFile = Copy("file") });
        var file = Path.Combine(place, "battery");
        await File.WriteAllBytesAsync(file, program.Build(), Cancellation);
        File.SetUnixFileMode(file, Program);

        using var listener = Listen(new UnixDomainSocketEndPoint("\0" + Path.GetFileName(place)));
        using var tap = open is null ? await TapAsync("rbo" + host.Settings.Instance) : null;
        SafeHandle Opened(string name) => File.OpenHandle(Copy(name), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        SafeHandle[] files = [.. open?.Invoke(Opened) ?? [.. new[] { "kernel", "initrd", "image", "disk" }.Select(Opened)]];
        try
        {
            await using var output = new AnonymousPipeServerStream(PipeDirection.In);
            var process = DescriptorSpawn.Start(
                "/usr/bin/unshare", ["--mount", "--ipc", "--uts", file], new Dictionary<string, string>(StringComparer.Ordinal),
                open is not null ? files : [listener.SafeHandle, files[0], files[1], listener.SafeHandle, files[2], files[3], tap!], output.ClientSafePipeHandle);
            output.DisposeLocalCopyOfClientHandle();
            using var reader = new StreamReader(output, Encoding.ASCII);
            var text = await reader.ReadToEndAsync(Cancellation);
            await process.WaitAsync(TimeProvider.System, Cancellation);
            return text;
        }
        finally
        {
            foreach (var handle in files) handle.Dispose();
        }
    }

    /// <summary>Waits until the machine's console shows a label.</summary>
    internal static Task<string> LogAsync(MachineDriver of, string uid, string label) =>
        JailHost.EventuallyAsync(() => JailHost.LogAsync(of, uid, Cancellation), log => log.Contains(label, StringComparison.Ordinal), Cancellation);

    public async ValueTask DisposeAsync()
    {
        foreach (var listener in listeners) listener.Dispose();
        await host.DisposeAsync();
        foreach (var tap in taps.Where(name => Directory.Exists("/sys/class/net/" + name))) Assert.Fail($"the tap `{tap}` is still there");
    }

    // A process that another test has just forked holds the one of the run before until it becomes its program.
    private static async Task<SafeHandle> TapAsync(string name)
    {
        const int busy = 16;
        for (var tries = 0; ; tries++)
        {
            try
            {
                return TapDevice.Open(name, vnetHeader: false, persistent: false, networkNamespace: null);
            }
            catch (LinuxException held) when (held.Errno == busy && tries < 100)
            {
                await Task.Delay(50, Cancellation);
            }
        }
    }

    private static Socket Listen(EndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, endpoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        socket.Bind(endpoint);
        socket.Listen(64);
        return socket;
    }

    private string Write(string name, int size)
    {
        var path = Path.Combine(Data, name);
        File.WriteAllBytes(path, new byte[size]);
        return path;
    }

    // The bundle is made by the agent; on its way to the runtime the filter's refusals become leave.
    private async Task<string> UnfilteredRuntimeAsync()
    {
        var path = Path.Combine(Data, "unfiltered-runtime");
        await File.WriteAllTextAsync(path, $$"""
            #!/bin/sh
            create='' bundle='' last=''
            for word; do
              [ "$word" != create ] && [ "$word" != run ] || create=1
              [ "$last" != --bundle ] || bundle=$word
              last=$word
            done
            [ -z "$create" ] || sed -i s/SCMP_ACT_ERRNO/SCMP_ACT_ALLOW/ "$bundle/config.json"
            exec {{host.Settings.Runtime}} "$@"

            """, Cancellation);
        File.SetUnixFileMode(path, Program);
        return path;
    }
}
