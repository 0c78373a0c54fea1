using System.Net;
using System.Text;
using Rempart.Node.Machines;
using Rempart.Node.Migration;
using Rempart.Node.Tests.Machines;

namespace Rempart.Node.Tests.Migration;

/// <summary>One end of a move without an API: a host of its own, with its driver, its disk and its console.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    private const int WholeLog = 4 << 20;

    internal EngineHost() => Driver = Jails.NewDriver();

    internal JailHost Jails { get; } = new();

    internal MachineDriver Driver { get; }

    internal IMachineMoves Moves => Driver;

    internal Task<string> ConsoleAsync(string uid, CancellationToken cancellationToken) => ReadAsync(uid, cancellationToken);

    internal async Task<PageDisk> DiskAsync(CancellationToken cancellationToken) => await PageDisk.MakeAsync(Jails.Settings.DataFolder, cancellationToken);

    /// <summary>Starts the checker and waits until it checks.</summary>
    internal async Task<PageDisk> StartAsync(string uid, CancellationToken cancellationToken, int sync = 256)
    {
        var disk = await DiskAsync(cancellationToken);
        await Driver.StartAsync(await PageGuest.LaunchAsync(uid, disk, cancellationToken, sync: sync), cancellationToken);
        await RoundsAsync(uid, 20, cancellationToken);
        return disk;
    }

    /// <summary>Waits until the guest has done so many rounds that this host saw.</summary>
    internal async Task RoundsAsync(string uid, int count, CancellationToken cancellationToken) =>
        await JailHost.EventuallyAsync(() => ReadAsync(uid, cancellationToken), log => PageGuest.Rounds(log).Count >= count, cancellationToken);

    internal Task<string> StateAsync(string uid, CancellationToken cancellationToken) => Driver.UseAsync(uid, (_, session, token) => session.StateAsync(token), cancellationToken);

    internal Task<MachineShape> ShapeAsync(string uid, CancellationToken cancellationToken) => Driver.UseAsync(uid, (record, _, _) => Task.FromResult(record.Shape!), cancellationToken);

    /// <summary>Waits for a guest of this shape.</summary>
    internal async Task<(int Memory, int? Disks)> ListenAsync(string uid, string move, MachineShape shape, MoveKeys keys, string peerAuthority, CancellationToken cancellationToken)
    {
        var launch = await PageGuest.LaunchAsync(uid, await DiskAsync(cancellationToken), cancellationToken) with { Arriving = shape };
        await Driver.StartAsync(launch, cancellationToken);
        return await Driver.UseAsync(uid, (record, session, token) => TargetEngine.ListenAsync(session, record, move, keys, peerAuthority, IPAddress.Loopback, IPAddress.Loopback, token), cancellationToken);
    }

    internal Task LoadAsync(string uid, string move, MoveKeys keys, string peerAuthority, CancellationToken cancellationToken) => Moves.UseAsync(uid, (record, session, token) =>
        MoveCredentials.LoadAsync(session, record.HostUid, move, MoveRole.Source, keys, peerAuthority, token), cancellationToken);

    /// <summary>Sends until it is in one of the stages.</summary>
    internal async Task<SourceView> SendAsync(string uid, SourceSettings settings, Func<SourceView, bool> until, CancellationToken cancellationToken)
    {
        using var line = new MemoryLine();
        for (var step = 0; step < 3000; step++)
        {
            var (view, pulse) = await Driver.UseAsync(uid, async (record, session, token) =>
            {
                var next = session.NextPulse;
                return (await SourceEngine.StepAsync(session, record, settings, line, token), next);
            }, cancellationToken);
            if (until(view) || view.Stage is SourceStage.Failed or SourceStage.Sent) return view;
            await Task.WhenAny(pulse, Task.Delay(20, cancellationToken));
        }
        throw new TimeoutException("the guest was not sent");
    }

    /// <summary>As an agent does that the API told that the machine is not bound here any more, or that the move was given up.</summary>
    internal async Task RollBackAsync(string uid, CancellationToken cancellationToken)
    {
        for (var step = 0; step < 3000; step++)
        {
            if (await Driver.UseAsync(uid, (record, session, token) => SourceEngine.RollBackAsync(session, record, token), cancellationToken)) return;
            await Task.Delay(20, cancellationToken);
        }
        throw new TimeoutException("the guest was not taken back");
    }

    internal async Task LoadedAsync(string uid, CancellationToken cancellationToken) =>
        await JailHost.EventuallyAsync(() => Driver.UseAsync(uid, (_, session, token) => TargetEngine.IsLoadedAsync(session, token), cancellationToken), loaded => loaded, cancellationToken);

    internal async Task LetGoAsync(string uid, int? diskPort, CancellationToken cancellationToken)
    {
        await Moves.UseAsync(uid, (record, session, token) => TargetEngine.LetGoAsync(session, record, token), cancellationToken);
        await Moves.UseAsync(uid, (record, session, token) => TargetEngine.TidyAsync(session, record, diskPort, token), cancellationToken);
    }

    public async ValueTask DisposeAsync() => await Jails.DisposeAsync();

    private async Task<string> ReadAsync(string uid, CancellationToken cancellationToken) => Encoding.ASCII.GetString(await Driver.ReadLogAsync(uid, WholeLog, cancellationToken));
}
