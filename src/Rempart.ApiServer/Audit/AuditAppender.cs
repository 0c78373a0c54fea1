using System.Diagnostics;
using System.Globalization;
using Rempart.Api.Audit;
using Rempart.ApiServer.Metrics;

namespace Rempart.ApiServer.Audit;

/// <summary>
/// Writes groups of records to the files, one thread only. A failed group leaves the chain as it was: what it left on the disk is cut
/// off before the next one.
/// </summary>
internal sealed class AuditAppender : IDisposable
{
    private readonly string _folder;
    private readonly long _fileBytes;
    private readonly TimeProvider _time;
    private readonly Func<string, IAppendFile> _open;
    private readonly OpenIntents _intents;
    private readonly MemoryStream _buffer = new();
    private readonly List<AuditLine> _lines = [];
    private IAppendFile? _file;
    private int _number;
    private long _durable;
    private volatile AuditHead _head;

    public AuditAppender(AuditLogOptions options, AuditTail tail, Func<string, IAppendFile> open)
    {
        (_folder, _fileBytes, _time, _open) = (options.Folder, options.FileBytes, options.Time, open);
        (_number, _durable, _intents) = (tail.File, tail.Length, tail.Open);
        _head = new AuditHead(tail.Sequence, tail.Head);
    }

    /// <summary>The last durable record.</summary>
    public AuditHead Head => _head;

    /// <summary>Whether this outcome ends an intent of the chain.</summary>
    public bool Ends(AuditRecord record) => _intents.Has(record);

    /// <summary>Makes records durable, in order, and returns the sequence number of the first.</summary>
    /// <exception cref="AuditUnavailableException">None of them is in the chain.</exception>
    public long Append(IReadOnlyList<AuditRecord> records)
    {
        try
        {
            if (_intents.IsFull)
            {
                throw new AuditUnavailableException("too many requests are under way without an outcome: restart the server", inner: null);
            }

            var file = _file ?? Reopen();
            if (_durable >= _fileBytes)
            {
                file.Dispose();
                (_file, _number, _durable) = (null, _number + 1, 0);
                file = Reopen();
            }

            if (_durable == 0 && _head.Count > 0)
            {
                Write(file, [Header()]);
            }

            var first = _head.Count + 1;
            Write(file, records);
            return first;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _file?.Dispose();
            _file = null;
            AuditMetrics.Failed();
            throw new AuditUnavailableException($"the audit trail in `{_folder}` can't be written: {failure.Message}", failure) { IsDiskFull = DiskFull.Is(failure) };
        }
    }

    /// <summary>Ends the last record, whose line feed a crash cut off.</summary>
    public void EndLine()
    {
        var file = Reopen();
        file.Append("\n"u8);
        file.Sync();
        _durable++;
    }

    public void Dispose()
    {
        _file?.Dispose();
        _buffer.Dispose();
    }

    private IAppendFile Reopen()
    {
        var file = _open(AuditFolder.File(_folder, _number));
        try
        {
            if (file.Length < _durable)
            {
                throw new IOException($"file {_number} is shorter than what was written: it was changed or replaced");
            }

            if (file.Length > _durable)
            {
                file.Truncate(_durable);
                file.Sync();
            }

            return _file = file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A further file begins with a record that names the intents that are open, so that a start reads one file only.</summary>
    private AuditRecord Header() => new()
    {
        Stage = AuditStage.Note,
        AuditId = "log",
        Note = string.Create(CultureInfo.InvariantCulture, $"file {_number} goes on"),
        Open = [.. _intents.All.Select(line => line.Sequence)],
    };

    private void Write(IAppendFile file, IReadOnlyList<AuditRecord> records)
    {
        _buffer.SetLength(0);
        _lines.Clear();
        var (count, hash) = (_head.Count, _head.Hash);
        foreach (var record in records)
        {
            var stamped = AuditBounds.Fit(record) with { Time = _time.GetUtcNow() };
            var previous = hash;
            hash = AuditLine.Write(_buffer, ++count, previous, stamped);
            _lines.Add(new AuditLine { Sequence = count, Previous = previous, Record = stamped, Hash = hash });
        }

        var began = Stopwatch.GetTimestamp();
        file.Append(_buffer.GetBuffer().AsSpan(0, (int)_buffer.Length));
        file.Sync();
        AuditMetrics.Appended(records.Count, Stopwatch.GetElapsedTime(began));
        _durable += _buffer.Length;
        _lines.ForEach(_intents.Add);
        _head = new AuditHead(count, hash);
        if (_buffer.Capacity > 4 * AuditLine.MaxBytes)
        {
            _buffer.SetLength(0);
            _buffer.Capacity = 0;
        }
    }
}
