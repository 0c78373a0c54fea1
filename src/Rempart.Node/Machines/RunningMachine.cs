using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Linux;
using Rempart.Node.Workloads;
using Rempart.Protocols.Qmp;

namespace Rempart.Node.Machines;

/// <summary>A machine whose QEMU runs: everything here goes over its QMP session. Methods throw QMP's exceptions.</summary>
internal sealed class RunningMachine : IAsyncDisposable
{
    internal const string GuestShutdown = "shutdown";
    internal const string GuestPanicked = "guest-panicked";
    internal const string Paused = "paused";

    /// <summary>QEMU held the guest because a disk of its could not be written for lack of room (werror=enospc, its default); nothing of what it wrote is lost.</summary>
    internal const string NoRoom = "io-error";
    internal const string NotStarted = "prelaunch";
    private const string ReadyPort = "dev.rempart.ready";
    private readonly QmpClient qmp;

    private RunningMachine(QmpClient qmp) => this.qmp = qmp;

    internal QmpVersion Version => qmp.Version;

    /// <summary>Completes when QEMU has closed the session.</summary>
    internal Task Disconnected => qmp.Completion;

    internal bool IsConnected => !qmp.Completion.IsCompleted;

    /// <summary>The session itself, for abilities that are not written here.</summary>
    internal QmpClient Qmp => qmp;

    /// <exception cref="QmpDisconnectedException">no QEMU answers there.</exception>
    internal static async Task<RunningMachine> ConnectAsync(WorkloadFolder folder, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            using var handle = FolderHandle.Open(folder.Path);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(handle.PathOf(WorkloadFolder.QmpName)), cancellationToken);
        }
        catch (Exception exception) when (exception is SocketException or LinuxException)
        {
            socket.Dispose();
            throw new QmpDisconnectedException($"the machine's monitor does not answer: {exception.Message}", exception);
        }
        var stream = new NetworkStream(socket, ownsSocket: true);
        return new RunningMachine(await QmpClient.StartAsync(
            stream, (data, descriptors, token) => DescriptorSocket.SendAsync(socket, data, descriptors, time, token), new QmpOptions(), time, cancellationToken));
    }

    /// <summary>Waits for the next event; false when the session has ended.</summary>
    internal async Task<bool> NextEventAsync(CancellationToken cancellationToken)
    {
        if (!await qmp.Events.WaitToReadAsync(cancellationToken)) return false;
        while (qmp.Events.TryRead(out _))
        {
        }
        return true;
    }

    /// <summary>Adds every device of the launch; the guest has not run an instruction yet. QEMU has its own copies of the descriptors afterwards.</summary>
    internal async Task ConfigureAsync(MachineLaunch launch, CancellationToken cancellationToken)
    {
        var port = 0;
        // A port without a listener: the guest's holding it open is the whole message, so nothing the guest writes is ever parsed.
        await RunAsync("chardev-add", new() { ["id"] = "ready", ["backend"] = new JsonObject { ["type"] = "null", ["data"] = new JsonObject() } }, cancellationToken);
        await AddDeviceAsync("virtio-serial-pci", "channels", $"port{port++}", new() { ["max_ports"] = 8 }, cancellationToken);
        await AddDeviceAsync("virtserialport", "ready-port", "channels.0", new() { ["chardev"] = "ready", ["name"] = ReadyPort }, cancellationToken);
        await RunAsync("object-add", new() { ["qom-type"] = "rng-builtin", ["id"] = "entropy" }, cancellationToken);
        await AddDeviceAsync("virtio-rng-pci", "rng", $"port{port++}", new() { ["rng"] = "entropy" }, cancellationToken);
        foreach (var disk in launch.Disks) await AddDiskAsync(disk, $"port{port++}", launch.Disks[0] == disk, cancellationToken);
        foreach (var nic in launch.Nics) await AddNicAsync(nic, $"port{port++}", cancellationToken);
    }

    internal Task ContinueAsync(CancellationToken cancellationToken) => RunAsync("cont", null, cancellationToken);

    /// <summary>QEMU's run state: `running`, `paused`, `shutdown`, `guest-panicked`, `prelaunch`, ….</summary>
    internal async Task<string> StateAsync(CancellationToken cancellationToken)
    {
        var status = await RunAsync("query-status", null, cancellationToken);
        return status.ValueKind == JsonValueKind.Object && status.TryGetProperty("status", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString()! : "";
    }

    /// <summary>Whether the guest holds the ready channel open now.</summary>
    internal async Task<bool> GuestReadyAsync(CancellationToken cancellationToken)
    {
        var devices = await RunAsync("query-chardev", null, cancellationToken);
        return devices.ValueKind == JsonValueKind.Array && devices.EnumerateArray().Any(device =>
            device.ValueKind == JsonValueKind.Object
            && device.TryGetProperty("label", out var label) && label.ValueKind == JsonValueKind.String && label.ValueEquals("ready")
            && device.TryGetProperty("frontend-open", out var open) && open.ValueKind == JsonValueKind.True);
    }

    /// <summary>Holds the guest's processors.</summary>
    internal Task PauseAsync(CancellationToken cancellationToken) => RunAsync("stop", null, cancellationToken);

    /// <summary>Presses the ACPI power button, which a paused guest would not hear: it is let go first.</summary>
    internal async Task PowerDownAsync(CancellationToken cancellationToken)
    {
        if (await StateAsync(cancellationToken) is Paused or NoRoom) await ContinueAsync(cancellationToken);
        await RunAsync("system_powerdown", null, cancellationToken);
    }

    /// <summary>Ends QEMU in order.</summary>
    internal Task QuitAsync(CancellationToken cancellationToken) => RunAsync("quit", null, cancellationToken);

    public ValueTask DisposeAsync() => qmp.DisposeAsync();

    private async Task AddDiskAsync(MachineDisk disk, string port, bool first, CancellationToken cancellationToken)
    {
        string? below = null;
        for (var index = disk.Layers.Count - 1; index >= 0; index--)
        {
            var layer = disk.Layers[index];
            var file = await AddFileAsync(disk, layer, index, cancellationToken);
            var node = index == 0 ? disk.Name : $"{disk.Name}-{index}";
            var format = new JsonObject { ["driver"] = layer.Format == DiskFormat.Raw ? "raw" : "qcow2", ["node-name"] = node, ["file"] = file, ["read-only"] = layer.ReadOnly };
            // Without `backing`, QEMU would open the name written in the image; the chain is ours to say.
            if (layer.Format == DiskFormat.Qcow2) format["backing"] = below;
            await RunAsync("blockdev-add", format, cancellationToken);
            below = node;
        }
        await AddDeviceAsync("virtio-blk-pci", $"disk-{disk.Name}", port, new() { ["drive"] = disk.Name, ["serial"] = disk.Serial, ["bootindex"] = first ? 1 : null }, cancellationToken);
    }

    private async Task<string> AddFileAsync(MachineDisk disk, DiskLayer layer, int index, CancellationToken cancellationToken)
    {
        var added = await qmp.ExecuteAsync("add-fd", arguments: null, [layer.File], cancellationToken);
        // A taken-over QEMU answers what it likes.
        if (added.ValueKind != JsonValueKind.Object || !added.TryGetProperty("fdset-id", out var id) || id.ValueKind != JsonValueKind.Number || !id.TryGetInt64(out var set))
            throw new QmpDisconnectedException("QEMU's answer to `add-fd` names no set of descriptors");
        var file = $"{disk.Name}-{index}-file";
        await RunAsync(
            "blockdev-add",
            new()
            {
                ["driver"] = "file",
                ["node-name"] = file,
                ["filename"] = $"/dev/fdset/{set}",
                ["read-only"] = layer.ReadOnly,
                ["discard"] = "unmap",
                // `auto` would silently mean none where QEMU can't lock.
                ["locking"] = "on",
            },
            cancellationToken);
        return file;
    }

    private async Task AddNicAsync(MachineNic nic, string port, CancellationToken cancellationToken)
    {
        await qmp.ExecuteAsync("getfd", new() { ["fdname"] = nic.Name }, [nic.Tap], cancellationToken);
        await RunAsync("netdev_add", new() { ["type"] = "tap", ["id"] = nic.Name, ["fd"] = nic.Name }, cancellationToken);
        var card = new JsonObject { ["netdev"] = nic.Name, ["mac"] = nic.Mac, ["romfile"] = "" };
        if (!nic.VnetHeader)
        {
            // Nothing behind such a tap finishes a half-done checksum.
            foreach (var offload in new[] { "csum", "guest_csum", "gso", "guest_tso4", "guest_tso6", "guest_ufo", "guest_ecn", "host_tso4", "host_tso6", "host_ufo", "host_ecn" }) card[offload] = false;
        }
        await AddDeviceAsync("virtio-net-pci", $"nic-{nic.Name}", port, card, cancellationToken);
    }

    private Task<JsonElement> AddDeviceAsync(string driver, string id, string bus, JsonObject properties, CancellationToken cancellationToken)
    {
        properties["driver"] = driver;
        properties["id"] = id;
        properties["bus"] = bus;
        foreach (var missing in properties.Where(pair => pair.Value is null).Select(pair => pair.Key).ToList()) properties.Remove(missing);
        return RunAsync("device_add", properties, cancellationToken);
    }

    private Task<JsonElement> RunAsync(string command, JsonObject? arguments, CancellationToken cancellationToken) =>
        qmp.ExecuteAsync(command, arguments, [], cancellationToken);
}
