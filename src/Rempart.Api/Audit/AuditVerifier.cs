using System.Security.Cryptography;

namespace Rempart.Api.Audit;

/// <summary>
/// Follows a chain line by line and compares it with checkpoints. Without checkpoints it finds what was edited, removed, moved,
/// repeated or replaced inside; only they show a cut tail or a chain that was computed anew, up to the newest of them: records
/// behind that are only as trustworthy as their writer.
/// </summary>
public sealed class AuditVerifier
{
    private readonly Queue<AuditCheckpoint> _ahead;
    private readonly AuditCheckpoint? _forged;
    private long _vouched;

    /// <summary>Begins at the first record of a chain.</summary>
    /// <param name="checkpoints">All that are known of this chain, in any order.</param>
    /// <param name="key">The public key of the server that signed them.</param>
    public AuditVerifier(IEnumerable<AuditCheckpoint> checkpoints, ECDsa key)
    {
        var all = checkpoints.OrderBy(checkpoint => checkpoint.Count).ToList();
        _forged = all.Find(checkpoint => !checkpoint.IsSignedBy(key));
        _ahead = new Queue<AuditCheckpoint>(all);
    }

    /// <summary>Records found to be good.</summary>
    public long Records { get; private set; }

    /// <summary>Lines seen.</summary>
    public long Lines { get; private set; }

    /// <summary>Hash of the last good record.</summary>
    public string Head { get; private set; } = AuditLine.Genesis;

    /// <summary>Records up to which a checkpoint vouches.</summary>
    public long Vouched => _vouched;

    /// <summary>The first fault; null so far so good. Nothing is looked at behind it.</summary>
    public AuditFault? Fault { get; private set; }

    /// <summary>Looks at the next line, without its line feed. False once there is a fault.</summary>
    public bool Add(ReadOnlySpan<byte> bytes)
    {
        Lines++;
        Fault ??= _forged is not null ? Forged(_forged) : Check(bytes);
        return Fault is null;
    }

    /// <summary>Says that the trail ends here. The fault, or null if all is well.</summary>
    public AuditFault? Finish()
    {
        Lines++;
        Fault ??= _forged is not null ? Forged(_forged)
            : _ahead.LastOrDefault() is { } missed ? At(AuditFaultKind.Cut, Records + 1,
                $"the trail ends with record {Records}, but a checkpoint of {missed.Time:u} counted {missed.Count}: its tail was cut")
            : null;
        return Fault;
    }

    private AuditFault? Check(ReadOnlySpan<byte> bytes)
    {
        var next = Records + 1;
        if (!AuditLine.TryRead(bytes, out var line))
        {
            return At(AuditFaultKind.Edited, next, $"record {next} was edited: its bytes don't match its own hash");
        }

        if (line.Sequence != next)
        {
            return line.Sequence > next
                ? At(AuditFaultKind.Missing, next, $"record {next} was removed or moved: record {line.Sequence} is in its place")
                : At(AuditFaultKind.Repeated, next, $"record {line.Sequence} comes again in the place of record {next}");
        }

        if (line.Previous != Head)
        {
            return At(AuditFaultKind.Unlinked, Math.Max(1, Records),
                Records == 0 ? "record 1 does not begin the chain: it was replaced"
                    : $"record {Records} or record {next} was replaced: the one does not follow the other");
        }

        (Records, Head) = (line.Sequence, line.Hash);
        while (_ahead.TryPeek(out var checkpoint) && checkpoint.Count <= Records)
        {
            if (checkpoint.Count == Records && checkpoint.Head != Head)
            {
                return At(AuditFaultKind.Rewritten, _vouched + 1,
                    $"the chain was computed anew from a record between {_vouched + 1} and {Records}: a checkpoint of {checkpoint.Time:u} saw another record {Records}");
            }

            _ahead.Dequeue();
            _vouched = Records;
        }

        return null;
    }

    private AuditFault Forged(AuditCheckpoint checkpoint) => At(AuditFaultKind.ForgedCheckpoint, checkpoint.Count,
        $"the checkpoint of record {checkpoint.Count} at {checkpoint.Time:u} is not signed by the given key");

    private AuditFault At(AuditFaultKind kind, long sequence, string message) => new(kind, sequence, Lines, message);
}
