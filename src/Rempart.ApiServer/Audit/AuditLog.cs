using System.Globalization;
using Microsoft.Extensions.Logging;
using Rempart.Api.Audit;

namespace Rempart.ApiServer.Audit;

/// <summary>
/// The audit trail in files: a hash chain of JSON lines. Records of concurrent requests share a sync of the disk; a failure refuses
/// those requests and is tried anew with the next ones.
/// </summary>
public sealed class AuditLog : IAuditLog, IAsyncDisposable
{
    /// <summary>More waiting requests than a server can have: beyond it they are refused.</summary>
    private const int MostPending = 4096;
    private const int Group = 256;
    private const int MostLate = 4096;

    /// <summary>Outcomes of intents that are in the chain, which could not be written themselves; they go first.</summary>
    private readonly List<AuditRecord> _late = [];
    private readonly PendingRecords _pending;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly AuditAppender _appender;
    private readonly CheckpointLoop _checkpoints;
    private readonly Task _checkpointing;
    private readonly FileStream _claim;
    private int _disposed;

    private AuditLog(AuditLogOptions options, AuditAppender appender, AuditTail tail, FileStream claim, ILogger logger)
    {
        (_claim, _pending) = (claim, new PendingRecords(MostPending, options.Company));
        UnresolvedIntents = [.. tail.Open.All.Select(line => line.Record)];
        _appender = appender;
        _checkpoints = new CheckpointLoop(options, () => appender.Head, tail.Sequence, logger);
        _checkpointing = Task.Run(_checkpoints.RunAsync);
        new Thread(Run) { Name = "audit-writer", IsBackground = true }.Start();
    }

    /// <summary>
    /// Intents that were durable when the server ended and have no outcome: look up what became of each in the store and append its
    /// outcome.
    /// </summary>
    public IReadOnlyList<AuditRecord> UnresolvedIntents { get; }

    /// <summary>Opens the trail and verifies its end; what a crash left of an unfinished record is set aside and noted. Blocks.</summary>
    /// <exception cref="AuditCorruptException">The trail was changed in its middle.</exception>
    /// <exception cref="AuditUnavailableException">It can't be written, or another process writes it.</exception>
    public static AuditLog Open(AuditLogOptions options, ILogger<AuditLog> logger) => Open(options, logger, AppendFile.Open);

    internal static AuditLog Open(AuditLogOptions options, ILogger logger, Func<string, IAppendFile> open)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.FileBytes, 256 * 1024 * 1024, nameof(options));
        AuditAppender? appender = null;
        FileStream? claim = null;
        try
        {
            Directory.CreateDirectory(options.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            claim = Claim(options.Folder);
            var tail = AuditTail.Read(options.Folder);
            var aside = SetAside(options.Folder, tail);
            appender = new AuditAppender(options, tail, open);
            if (tail.IsUnended)
            {
                appender.EndLine();
            }

            appender.Append([new AuditRecord { Stage = AuditStage.Note, AuditId = "log", Note = $"opened for `{options.Chain}`{aside}" }]);
            return new AuditLog(options, appender, tail, claim, logger);
        }
        catch (Exception failure)
        {
            appender?.Dispose();
            claim?.Dispose();
            if (failure is IOException or UnauthorizedAccessException)
            {
                throw new AuditUnavailableException($"the audit trail in `{options.Folder}` can't be opened: {failure.Message}", failure);
            }

            throw;
        }
    }

    public async ValueTask<long> AppendAsync(AuditRecord record, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(record);
        cancellationToken.ThrowIfCancellationRequested();
        var pending = new PendingRecord(record, isAwaited: true);
        _pending.Add(pending);
        return await pending.Written.WaitAsync(cancellationToken);
    }

    public void AppendSoon(AuditRecord outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        try
        {
            _pending.Add(new PendingRecord(outcome, isAwaited: false));
        }
        catch (AuditUnavailableException)
        {
            // Closed: the next start finds out what became of the intent.
        }
    }

    /// <summary>Writes what waits, offers a last checkpoint and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _pending.Close();
        await _ended.Task;
        _checkpoints.Complete();
        await _checkpointing;
        _appender.Dispose();
        _claim.Dispose();
        _pending.Dispose();
    }

    /// <summary>One process writes a trail: the kernel's lock on this file ends with the process.</summary>
    private static FileStream Claim(string folder) => new(Path.Combine(folder, "writer.lock"), new FileStreamOptions
    {
        Mode = FileMode.OpenOrCreate,
        Access = FileAccess.ReadWrite,
        Share = FileShare.None,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });

    /// <summary>Keeps the bytes of an unfinished record as evidence and says so for the trail.</summary>
    private static string SetAside(string folder, AuditTail tail)
    {
        if (tail.Torn.Length == 0)
        {
            return "";
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"{tail.File:D6}-{tail.Length}.torn");
        using (var file = AppendFile.Open(Path.Combine(folder, name)))
        {
            file.Append(tail.Torn);
            file.Sync();
        }

        return string.Create(CultureInfo.InvariantCulture, $"; {tail.Torn.Length} bytes of unfinished records were set aside in `{name}`");
    }

    private void Run()
    {
        var group = new List<PendingRecord>(Group);
        while (_pending.Take(group, Group)) Write(group);

        if (_late.Count > 0) Write([]);
        _ended.SetResult();
    }

    private void Write(List<PendingRecord> group)
    {
        try
        {
            var sequence = _appender.Append([.. _late, .. group.ConvertAll(pending => pending.Record)]) + _late.Count;
            _late.Clear();
            _checkpoints.Written(_appender.Head.Count);
            foreach (var pending in group)
            {
                pending.Complete(sequence++);
            }
        }
        catch (AuditUnavailableException failure)
        {
            foreach (var pending in group)
            {
                // What was done is done, and its caller may have left. Lost with the process, whose next start finds it out.
                if (_late.Count < MostLate && _appender.Ends(pending.Record)) _late.Add(pending.Record with { Note = $"{pending.Record.Note ?? "recorded late"}; the trail could not be written when it happened" });
                pending.Fail(failure);
            }
        }
    }
}
