using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Linux;
using Rempart.Node.Tracing;
using Rempart.Node.Workloads;
using Rempart.Protocols.Qmp;

namespace Rempart.Node.Machines;

/// <summary>A machine whose QEMU runs: everything here goes over its QMP session. Methods throw QMP's exceptions.</summary>
internal sealed class RunningMachine : IAsyncDisposable
{
    internal const string GuestShutdown = "shutdown";
    internal const string GuestPanicked = "guest-panicked";
    internal const string Paused = "paused";
    internal const string Runs = "running";
    internal const string Finishing = "finish-migrate";
    internal const string Sent = "postmigrate";

    /// <summary>QEMU held the guest because a disk of its could not be written for lack of room (werror=enospc, its default); nothing of what it wrote is lost.</summary>
    internal const string NoRoom = "io-error";
    internal const string NotStarted = "prelaunch";
    /// <summary>A wait for QEMU each would be felt: a machine has thirty and more.</summary>
    private const int MostInARow = 32;
    private readonly QmpClient qmp;
    private volatile TaskCompletionSource pulse = new(TaskCreationOptions.RunContinuationsAsynchronously);

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
        Interlocked.Exchange(ref pulse, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        return true;
    }

    /// <summary>Completes with the next event: ask for it, look at the state, then wait for it.</summary>
    internal Task NextPulse => pulse.Task;

    /// <summary>Adds every device of the launch; the guest has not run an instruction yet. QEMU has its own copies of the descriptors afterwards.</summary>
    internal async Task ConfigureAsync(MachineLaunch launch, CancellationToken cancellationToken)
    {
        foreach (var commands in MachineDevices.Of(launch).Chunk(MostInARow)) await qmp.ExecuteAllAsync(commands, cancellationToken);
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

    /// <summary>What the guest did with its disks.</summary>
    internal async Task<IReadOnlyList<DiskCounters>> DiskCountersAsync(CancellationToken cancellationToken) => DiskCounters.Parse(await RunAsync("query-blockstats", null, cancellationToken));

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

    private async Task<JsonElement> RunAsync(string command, JsonObject? arguments, CancellationToken cancellationToken)
    {
        using var span = NodeTracing.Step("qmp");
        span?.SetTag("qmp.command", command);
        return await qmp.ExecuteAsync(command, arguments, [], cancellationToken);
    }
}
