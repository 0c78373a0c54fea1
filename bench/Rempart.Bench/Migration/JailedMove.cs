using System.Net;
using System.Security.Cryptography;
using Rempart.Node.Jail;
using Rempart.Node.Machines;
using Rempart.Node.Migration;
using Rempart.Node.Workloads;
using Rempart.Protocols.Conmon;

namespace Rempart.Bench.Migration;

/// <summary>Rempart's engine between two folders of one host: jails, TLS of both sides, sockets handed in. Without an API, and so without its commit.</summary>
internal sealed class JailedMove : IMove
{
    private readonly End[] _ends;
    private readonly BenchGuest _guest;
    private readonly TimeProvider _time;
    private readonly string _uid = Guid.NewGuid().ToString("D");

    internal JailedMove(BenchGuest guest, TimeProvider time)
    {
        (_guest, _time) = (guest, time);
        _ends = [new End(time), new End(time)];
    }

    private End Here => _ends[0];

    private End There => _ends[1];

    public string Name => "Rempart";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Here.Driver.StartAsync(await _guest.LaunchAsync(_uid, Here.Folder, null, cancellationToken), cancellationToken);
        while (!System.Text.Encoding.ASCII.GetString(await Here.Driver.ReadLogAsync(_uid, 4096, cancellationToken)).Contains("\nT ", StringComparison.Ordinal)) await Task.Delay(TimeSpan.FromMilliseconds(100), _time, cancellationToken);
    }

    public Task HoldAsync(CancellationToken cancellationToken) => Here.Driver.PauseAsync(_uid, cancellationToken);

    public Task ResumeAsync(CancellationToken cancellationToken) => Here.Driver.ResumeAsync(_uid, cancellationToken);

    public async Task<MoveTimes> MoveAsync(CancellationToken cancellationToken)
    {
        var move = Guid.NewGuid().ToString("D");
        var (source, target) = (MoveKeys.Create(move, MoveRole.Source, _time), MoveKeys.Create(move, MoveRole.Target, _time));
        var shape = await Here.Driver.UseAsync(_uid, (record, _, _) => Task.FromResult(record.Shape!), cancellationToken);
        await There.Driver.StartAsync(await _guest.LaunchAsync(_uid, There.Folder, shape, cancellationToken), cancellationToken);
        // A jail's start is the price of a machine, not of a move: QEMU by hand is up already too.
        var from = _time.GetUtcNow();
        var (memory, disks) = await There.Driver.UseAsync(_uid, (record, session, token) => TargetEngine.ListenAsync(session, record, move, target, source.Authority, IPAddress.Loopback, IPAddress.Loopback, token), cancellationToken);
        await Here.Driver.UseAsync(_uid, async (record, session, token) =>
        {
            await MoveCredentials.LoadAsync(session, record.HostUid, move, MoveRole.Source, source, target.Authority, token);
            return true;
        }, cancellationToken);
        var arriving = ArriveAsync(cancellationToken);
        var settings = new SourceSettings(move, IPAddress.Loopback, IPAddress.Loopback, memory, disks);
        using var line = new MemoryLine();
        SourceView view;
        do
        {
            (view, var pulse) = await Here.Driver.UseAsync(_uid, async (record, session, token) =>
            {
                var next = session.NextPulse;
                return (await SourceEngine.StepAsync(session, record, settings, line, token), next);
            }, cancellationToken);
            if (view.Stage == SourceStage.Failed) throw new BenchException($"the move failed: {view.Failure}");
            if (view.Stage != SourceStage.Sent) await Task.WhenAny(pulse, Task.Delay(view.Stage == SourceStage.Switching ? 5 : 100, cancellationToken));
        }
        while (view.Stage != SourceStage.Sent);
        await arriving;
        var log = new WorkloadFolder(There.Settings, _uid).ConsoleLog;
        while (ConmonLog.FirstAt(log) is null) await Task.Delay(TimeSpan.FromMilliseconds(5), _time, cancellationToken);
        var first = ConmonLog.FirstAt(log)!.Value;
        var last = new DateTimeOffset(File.GetLastWriteTimeUtc(new WorkloadFolder(Here.Settings, _uid).ConsoleLog), TimeSpan.Zero);
        await There.Driver.UseAsync(_uid, async (record, session, token) =>
        {
            await TargetEngine.TidyAsync(session, record, disks, token);
            return true;
        }, cancellationToken);
        await Here.Driver.DeleteAsync(_uid, cancellationToken);
        (_ends[0], _ends[1]) = (_ends[1], _ends[0]);
        return new(first - last, first - from, TimeSpan.FromMilliseconds(view.Memory.DowntimeMilliseconds));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var end in _ends) await end.DisposeAsync();
    }

    private async Task ArriveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var (done, pulse) = await There.Driver.UseAsync(_uid, async (record, session, token) =>
            {
                var next = session.NextPulse;
                var loaded = await TargetEngine.IsLoadedAsync(session, token);
                if (loaded) await TargetEngine.LetGoAsync(session, record, token);
                return (loaded, next);
            }, cancellationToken);
            if (done) return;
            await Task.WhenAny(pulse, Task.Delay(100, cancellationToken));
        }
    }

    private sealed class End : IAsyncDisposable
    {
        private readonly JailRoots _jails;

        internal End(TimeProvider time)
        {
            var id = "b" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5));
            Settings = new WorkloadSettings { Instance = id, DataFolder = $"/var/tmp/rempart-{id}", FirstUid = 0x1900_0000 + ((uint)RandomNumberGenerator.GetInt32(0, 1 << 16) * 16), UidCount = 8 };
            if (!File.Exists(Settings.Runtime) || !File.Exists(Settings.Conmon) || !File.Exists(Settings.Qemu)) throw new BenchException("runc, conmon and QEMU are needed: `./dev up` installs them");
            Directory.CreateDirectory(Settings.DataFolder, (UnixFileMode)0b111_001_001);
            _jails = new JailRoots(Settings, time);
            Driver = new MachineDriver(Settings, _jails, time);
        }

        internal WorkloadSettings Settings { get; }

        internal MachineDriver Driver { get; }

        internal string Folder => Settings.DataFolder;

        public async ValueTask DisposeAsync()
        {
            foreach (var uid in await Driver.ListAsync(CancellationToken.None)) await Driver.DeleteAsync(uid, CancellationToken.None);
            await Driver.DisposeAsync();
            _jails.Dispose();
            Directory.Delete(Folder, recursive: true);
        }
    }
}
