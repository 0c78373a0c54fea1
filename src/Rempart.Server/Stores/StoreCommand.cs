using System.Globalization;
using System.Runtime.InteropServices;
using Rempart.Linux;
using Rempart.Server.Bootstrap;
using Rempart.Store;
using Rempart.Store.Etcd;
using Rempart.Store.Sqlite;
using Rempart.Store.Transfer;

namespace Rempart.Server.Stores;

/// <summary><c>rempart-server store</c>: copies of the store, and its move between a file and etcd.</summary>
internal sealed class StoreCommand(StoreCommandSettings settings, TextWriter output, IProgress<TransferProgress> progress, TimeProvider time)
{
    private const int Usage = 64;

    /// <summary>Runs it until done, or until SIGINT or SIGTERM cut it off.</summary>
    /// <param name="arguments">What follows <c>store</c>.</param>
    /// <param name="output">Told what was done.</param>
    /// <param name="errors">Told what is wrong, and how far it is.</param>
    /// <param name="time">The clock.</param>
    /// <returns>0, 1 when it failed, 64 when the arguments are wrong.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors, TimeProvider time)
    {
        using var stop = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var line = new ProgressLine(errors, !Console.IsErrorRedirected, time);
        try
        {
            await new StoreCommand(StoreCommandSettings.Parse(arguments), output, line, time).RunAsync(stop.Token);
            return 0;
        }
        catch (FormatException wrong)
        {
            await errors.WriteLineAsync($"rempart-server store: {wrong.Message}\n{StoreCommandSettings.Help}");
            return Usage;
        }
        catch (Exception failure) when (failure is StoreException or BootstrapException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            line.Dispose();
            await errors.WriteLineAsync($"rempart-server store: {(failure is OperationCanceledException ? "cut off; run the same command again" : failure.Message)}");
            return 1;
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }

    /// <summary>What servers are told while the store in etcd is moved to the file of a data folder.</summary>
    internal static string MovingTo(string data) => $"it is being moved to the file of `{data}`; `rempart-server store migrate` goes on with it, `rempart-server store reopen` gives that up";

    private string Database => StoreOpening.File(settings.Data!);

    private string Notice => StoreOpening.MovedNotice(settings.Data!);

    private string Moving => MovingTo(settings.Data!);

    private string Arriving => $"the store in {settings.Store} is being moved to `{settings.Data}`, which was not finished: run the same `rempart-server store migrate` again";

    private string Moved => $"the store of `{settings.Data}` was moved to {settings.Store}: start the server with `--store etcd` and the options for it";

    private Task RunAsync(CancellationToken cancellationToken) => settings switch
    {
        { Verb: "backup" } => BackupAsync(cancellationToken),
        { Verb: "check" } => CheckAsync(cancellationToken),
        { Verb: "restore" } => RestoreAsync(cancellationToken),
        { Verb: "reopen" } => ReopenAsync(cancellationToken),
        { ToEtcd: true } => ToEtcdAsync(cancellationToken),
        _ => FromEtcdAsync(cancellationToken),
    };

    private async Task BackupAsync(CancellationToken cancellationToken)
    {
        BackupFile made;
        if (settings.Store.IsEtcd)
        {
            await using var source = await EtcdSource.OpenAsync(Etcd(), cancellationToken);
            made = await BackupFile.WriteAsync(source, source.Stamp.Incarnation, settings.File!, time, progress, cancellationToken);
        }
        else
        {
            await using var source = SqliteSource.Open(Database, exclusive: false);
            made = await BackupFile.WriteAsync(source, source.Stamp.Incarnation, settings.File!, time, progress, cancellationToken);
        }

        Tell(string.Create(CultureInfo.InvariantCulture, $"saved {made.Count} entries as of revision {made.Revision} in {settings.File}"));
        Tell($"sha256 {made.Digest}; keep `{new DataFolder(settings.Data!).Keys}` with it: without its keys the Secrets in it can't be read");
    }

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        await using var found = await BackupFile.OpenAsync(settings.File!, progress, cancellationToken);
        Tell(string.Create(CultureInfo.InvariantCulture, $"{settings.File} is whole: {found.Count} entries as of revision {found.Revision}, made {found.Time:yyyy-MM-dd HH:mm:ss}Z, sha256 {found.Digest}"));
    }

    private async Task RestoreAsync(CancellationToken cancellationToken)
    {
        await using var source = await BackupFile.OpenAsync(settings.File!, progress, cancellationToken);
        if (settings.Store.IsEtcd)
        {
            await using var etcd = await EtcdTarget.OpenAsync(Etcd(), source.Identity, StoreTransfer.RestoreRevision(source.Revision, time), cancellationToken);
            Tell("restored", await StoreTransfer.CopyAsync(source, etcd, progress, cancellationToken));
            return;
        }

        var restoring = $"the store of `{settings.Data}` is being restored from `{settings.File}`, which was not finished: run the same `rempart-server store restore` again";
        if (File.Exists(Database) && PrivateFile.Read(Notice) == restoring)
        {
            // It has its name since it was compared; what was left to do is this.
            File.Delete(Notice);
            Tell("restored before");
            return;
        }

        await using var target = await FileAsync(restoring, source.Identity, StoreTransfer.RestoreRevision(source.Revision, time), cancellationToken);
        var result = await StoreTransfer.CopyAsync(source, target, progress, cancellationToken);
        File.Delete(Notice);
        Tell("restored", result);
    }

    private async Task ToEtcdAsync(CancellationToken cancellationToken)
    {
        var moving = $"the store of `{settings.Data}` is being moved to {settings.Store}, which was not finished: run the same `rempart-server store migrate` again";
        string kept;
        TransferResult? result = null;
        await using (var source = SqliteSource.Open(Database, exclusive: true))
        {
            kept = Path.Combine(Path.GetDirectoryName(Database)!, string.Create(CultureInfo.InvariantCulture, $"moved-{source.Revision}.db"));
            if (!await IsInEtcdAsync(source.Revision, moving, cancellationToken))
            {
                await using var target = await EtcdTarget.OpenAsync(Etcd(), source.Identity, source.Revision + 1, cancellationToken);
                // Before there are two stores: a server that is started now must not go on with the old one.
                PrivateFile.Write(Notice, moving);
                result = await StoreTransfer.CopyAsync(source, target, progress, cancellationToken);
            }

            PrivateFile.Write(Notice, Moved);
        }

        // Its last commits are there while somebody else has the file open.
        if (File.Exists(Database + "-wal")) throw new TransferException($"`{Database}` is open elsewhere, by a backup perhaps: end that and run the same command again");
        DurableFile.Rename(Database, kept);
        if (result is null) Tell("moved before");
        else Tell("moved", result);
        Tell($"the file is kept as {kept}; remove it when you trust the move");
    }

    /// <summary>Whether an earlier try of this move got as far as to make the store in etcd one that can be used.</summary>
    private async Task<bool> IsInEtcdAsync(long revision, string moving, CancellationToken cancellationToken)
    {
        if (PrivateFile.Read(Notice) is not { } notice || (notice != moving && notice != Moved)) return false;
        if (await EtcdSource.NoticeAsync(Etcd(), cancellationToken) is not null) return false;
        try
        {
            await using var there = await EtcdSource.OpenAsync(Etcd(), cancellationToken);
            return there.FirstRevision == revision + 1;
        }
        catch (StoreUnavailableException none) when (none.InnerException is null)
        {
            // It had not begun to write.
            return false;
        }
    }

    private async Task FromEtcdAsync(CancellationToken cancellationToken)
    {
        var done = $"it was moved to the file of `{settings.Data}`";
        if (File.Exists(Database))
        {
            // Nothing was touched yet: a file that is there is either the end of this very move, or in the way.
            var notice = await EtcdSource.NoticeAsync(Etcd(), cancellationToken);
            var ours = PrivateFile.Read(Notice) == Arriving;
            if ((notice != Moving || !ours) && notice != done) throw new TransferException($"there is a store at `{Database}`: a move needs an empty place");
            if (notice == Moving)
            {
                await using var left = await EtcdSource.TakeAsync(Etcd(), Moving, cancellationToken);
                await left.ReleaseAsync(done, cancellationToken);
            }

            File.Delete(Notice);
            Tell("moved before");
            return;
        }

        await using var source = await EtcdSource.TakeAsync(Etcd(), Moving, cancellationToken);
        await using var target = await FileAsync(Arriving, source.Identity, source.Revision + 1, cancellationToken);
        var result = await StoreTransfer.CopyAsync(source, target, progress, cancellationToken);
        await source.ReleaseAsync(done, cancellationToken);
        File.Delete(Notice);
        Tell("moved", result);
    }

    private async Task ReopenAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(Database) && PrivateFile.Read(Notice) == Arriving) throw new TransferException($"the move was finished but for its last step: `{Database}` is the store now, and `store migrate` does that step");
        await using var source = await EtcdSource.TakeAsync(Etcd(), Moving, cancellationToken);
        await source.ReleaseAsync(why: null, cancellationToken);
        // A server that is started on the folder makes no empty store in the place of this one.
        if (File.Exists(Notice)) PrivateFile.Write(Notice, Moved);
        Tell($"the store in {settings.Store} can be used again");
    }

    /// <summary>The file that is filled. Before anything of it: a server that is started meanwhile must not make an empty store in its place.</summary>
    private async Task<SqliteTarget> FileAsync(string notice, string identity, long first, CancellationToken cancellationToken)
    {
        PrivateFile.EnsureFolder(settings.Data!);
        PrivateFile.EnsureFolder(Path.GetDirectoryName(Database)!);
        var before = PrivateFile.Read(Notice);
        PrivateFile.Write(Notice, notice);
        try
        {
            return await SqliteTarget.OpenAsync(Database, identity, first, cancellationToken);
        }
        catch (TransferException)
        {
            if (before is null) File.Delete(Notice);
            else PrivateFile.Write(Notice, before);
            throw;
        }
    }

    private EtcdStoreOptions Etcd() => StoreOpening.Etcd(settings.Store, time, left: null);

    private void Tell(string done, TransferResult result) => Tell(string.Create(
        CultureInfo.InvariantCulture, $"{done} and compared {result.Count} entries, {result.Bytes} bytes{(result.Resumed > 0 ? $", {result.Resumed} of them by an earlier try" : "")}; sha256 of all {result.Digest}"));

    private void Tell(string line) => output.WriteLine(line);
}
