using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Rempart.Node.Jail;
using Rempart.Node.Machines;
using Rempart.Node.Migration;
using Rempart.Node.Workloads;
using Rempart.Protocols.Qmp;

namespace Rempart.Bench.Migration;

/// <summary>QEMU as a person would drive it: the same board, guest, disk and commands, no jail, sockets of its own; with TLS where keys are given.</summary>
internal sealed class HandMove(BenchGuest guest, TimeProvider time, HandKeys? keys) : IMove
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rempart-bench-").FullName;
    private readonly string _uid = Guid.NewGuid().ToString("D");
    private Hand? _here;
    private int _count;

    public string Name => keys is null ? "QEMU by hand" : "QEMU by hand with TLS";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _here = await OpenAsync(arriving: null, cancellationToken);
        await _here.Machine.ContinueAsync(cancellationToken);
        await _here.Console.CountsAsync(Name, cancellationToken);
    }

    public Task HoldAsync(CancellationToken cancellationToken) => _here!.Machine.PauseAsync(cancellationToken);

    public Task ResumeAsync(CancellationToken cancellationToken) => _here!.Machine.ContinueAsync(cancellationToken);

    public async Task<MoveTimes> MoveAsync(CancellationToken cancellationToken)
    {
        var here = _here!;
        var there = await OpenAsync(here.Shape, cancellationToken);
        var from = time.GetTimestamp();
        var (disks, memory) = (FreePort(), FreePort());
        await SayAsync(there, "nbd-server-start", WithTls(HandKeys.Server, new() { ["addr"] = new JsonObject { ["type"] = "inet", ["data"] = new JsonObject { ["host"] = "127.0.0.1", ["port"] = Text(disks) } } }));
        await SayAsync(there, "block-export-add", new() { ["type"] = "nbd", ["id"] = "e", ["node-name"] = "disk0", ["name"] = "disk0", ["writable"] = true });
        await SayAsync(there, "migrate-set-capabilities", QemuMigration.Capabilities(("events", true)));
        await SayAsync(there, "migrate-set-parameters", WithTls(HandKeys.Server, []));
        await SayAsync(there, "migrate-incoming", new() { ["uri"] = $"tcp:127.0.0.1:{memory}" });
        await SayAsync(here, "blockdev-add", WithTls(HandKeys.Client, new() { ["driver"] = "nbd", ["node-name"] = "m", ["export"] = "disk0", ["server"] = new JsonObject { ["type"] = "inet", ["host"] = "127.0.0.1", ["port"] = Text(disks) } }));
        await SayAsync(here, "blockdev-mirror", new() { ["job-id"] = "move-job-disk0", ["device"] = "disk0", ["target"] = "m", ["sync"] = "top", ["auto-dismiss"] = false });
        await UntilAsync(here, async () => (await JobAsync(here)) == QemuJob.Ready, cancellationToken);
        await SayAsync(here, "migrate-set-capabilities", QemuMigration.Capabilities(("pause-before-switchover", true), ("auto-converge", true), ("events", true)));
        await SayAsync(here, "migrate-set-parameters", WithTls(HandKeys.Client, new() { ["downtime-limit"] = 100, ["max-bandwidth"] = 1L << 40 }));
        await SayAsync(here, "migrate", new() { ["uri"] = $"tcp:127.0.0.1:{memory}" });
        var arriving = ArriveAsync(there, cancellationToken);
        await UntilAsync(here, async () => (await QemuMigration.ReadAsync(here.Machine, cancellationToken)).Status == QemuMigration.PreSwitchover, cancellationToken);
        await SayAsync(here, "block-job-cancel", new() { ["device"] = "move-job-disk0" });
        await UntilAsync(here, async () => (await JobAsync(here)) == QemuJob.Concluded, cancellationToken);
        await SayAsync(here, "job-dismiss", new() { ["id"] = "move-job-disk0" });
        await SayAsync(here, "blockdev-del", new() { ["node-name"] = "m" });
        await SayAsync(here, "migrate-continue", new() { ["state"] = QemuMigration.PreSwitchover });
        await arriving;
        await there.Console.SpeaksAsync(Name, cancellationToken);
        var told = (await QemuMigration.ReadAsync(here.Machine, cancellationToken)).DowntimeMilliseconds;
        await SayAsync(there, "nbd-server-stop", null);
        await here.DisposeAsync();
        _here = there;
        return new(time.GetElapsedTime(here.Console.Last, there.Console.First), time.GetElapsedTime(from, there.Console.First), TimeSpan.FromMilliseconds(told));
    }

    public async ValueTask DisposeAsync()
    {
        if (_here is not null) await _here.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private JsonObject WithTls(string credentials, JsonObject arguments)
    {
        if (keys is null) return arguments;
        arguments["tls-creds"] = credentials;
        if (credentials == HandKeys.Client) arguments["tls-hostname"] = HandKeys.Host;
        return arguments;
    }

    private async Task<Hand> OpenAsync(MachineShape? arriving, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, Text(_count++))).FullName;
        using var launch = await guest.LaunchAsync(_uid, folder, arriving, cancellationToken);
        var settings = new WorkloadSettings { Instance = "bench", DataFolder = folder, FirstUid = 1 };
        using var jails = new JailRoots(settings, time);
        var root = await jails.PublishAsync(cancellationToken);
        List<string> command = [.. QemuCommandLine.Create(launch, root, settings.Qemu)];
        for (var i = 0; i < command.Count; i++)
        {
            if (command[i].StartsWith("socket,id=qmp,", StringComparison.Ordinal)) command[i] = $"socket,id=qmp,path={folder}/{WorkloadFolder.QmpName},server=on,wait=off";
            if (command[i] == "-kernel") command[i + 1] = guest.Image.Kernel;
            if (command[i] == "-initrd") command[i + 1] = guest.Image.Initramfs;
        }
        if (keys is not null)
        {
            keys.Write(folder);
            foreach (var (id, end) in new[] { (HandKeys.Client, "client"), (HandKeys.Server, "server") }) command.AddRange(["-object", $"tls-creds-x509,id={id},dir={folder},endpoint={end},verify-peer=on"]);
        }
        return await Hand.OpenAsync(command, new WorkloadFolder(folder, _uid), QemuCommandLine.Shape(launch, root), launch, time, cancellationToken);
    }

    private static async Task ArriveAsync(Hand there, CancellationToken cancellationToken)
    {
        await UntilAsync(there, () => TargetEngine.IsLoadedAsync(there.Machine, cancellationToken), cancellationToken);
        await SayAsync(there, "block-export-del", new() { ["id"] = "e", ["mode"] = "hard" });
        await there.Machine.ContinueAsync(cancellationToken);
    }

    private static async Task UntilAsync(Hand hand, Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            var pulse = hand.Machine.NextPulse;
            if (await condition()) return;
            await Task.WhenAny(pulse, Task.Delay(20, cancellationToken));
        }
    }

    private static async Task<string?> JobAsync(Hand hand) => QemuJob.Parse(await hand.Machine.Qmp.ExecuteAsync("query-block-jobs", null, [], CancellationToken.None)).SingleOrDefault()?.Status;

    private static Task<System.Text.Json.JsonElement> SayAsync(Hand hand, string command, JsonObject? arguments) => hand.Machine.Qmp.ExecuteAsync(command, arguments, [], CancellationToken.None);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>One QEMU and its console.</summary>
    private sealed class Hand : IAsyncDisposable
    {
        private readonly Process _process;
        private readonly CancellationTokenSource _stop = new();

        private Hand(Process process, RunningMachine machine, MachineShape shape, TimeProvider time) => (_process, Machine, Shape, Console) = (process, machine, shape, new(time));

        internal RunningMachine Machine { get; }

        internal MachineShape Shape { get; }

        internal ConsoleTimes Console { get; }

        internal static async Task<Hand> OpenAsync(List<string> command, WorkloadFolder folder, MachineShape shape, MachineLaunch launch, TimeProvider time, CancellationToken cancellationToken)
        {
            var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true }) ?? throw new BenchException("QEMU did not start");
            try
            {
                var hand = new Hand(process, await ConnectAsync(process, folder, time, cancellationToken), shape, time);
                await hand.Machine.ConfigureAsync(launch, cancellationToken);
                _ = hand.ListenAsync();
                _ = hand.FollowAsync();
                return hand;
            }
            catch
            {
                process.Kill();
                throw;
            }
        }

        // Its monitor's name is there before anybody listens.
        private static async Task<RunningMachine> ConnectAsync(Process process, WorkloadFolder folder, TimeProvider time, CancellationToken cancellationToken)
        {
            while (true)
            {
                try
                {
                    return await RunningMachine.ConnectAsync(folder, time, cancellationToken);
                }
                catch (QmpDisconnectedException absent)
                {
                    if (process.HasExited) throw new BenchException($"QEMU by hand ended at once: {absent.Message}");
                }
                await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Machine.DisposeAsync();
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
            _stop.Dispose();
        }

        private async Task ListenAsync()
        {
            var buffer = new byte[4096];
            while (await _process.StandardOutput.BaseStream.ReadAsync(buffer) is var count and > 0) Console.Heard(buffer.AsSpan(0, count));
        }

        // Turns QEMU's events into pulses.
        private async Task FollowAsync()
        {
            try
            {
                while (await Machine.NextEventAsync(_stop.Token))
                {
                }
            }
            catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException)
            {
            }
        }
    }
}
