using System.Runtime.InteropServices;
using Rempart.Api.Audit;

namespace Rempart.ApiServer.Audit;

/// <summary>
/// The intents whose outcome is still to come. An outcome ends the intents of its request for the same key, or, when it names no key,
/// all of its request.
/// </summary>
internal sealed class OpenIntents
{
    /// <summary>More requests than a server can have under way: then outcomes are not being written, and that is a fault.</summary>
    private const int Most = 65_536;

    private readonly Dictionary<string, List<AuditLine>> _byRequest = new(StringComparer.Ordinal);
    private int _count;

    public bool IsFull => _count >= Most;

    /// <summary>In the order of the chain.</summary>
    public IReadOnlyList<AuditLine> All => [.. _byRequest.Values.SelectMany(lines => lines).OrderBy(line => line.Sequence)];

    /// <summary>Whether an outcome would end an intent.</summary>
    public bool Has(AuditRecord outcome) => outcome.Stage is AuditStage.Outcome && _byRequest.TryGetValue(outcome.AuditId, out var open)
        && open.Exists(intent => outcome.Key is null || intent.Record.Key == outcome.Key);

    /// <summary>Takes in a record in the order of the chain.</summary>
    public void Add(AuditLine line)
    {
        if (line.Record.Stage is AuditStage.Intent)
        {
            (CollectionsMarshal.GetValueRefOrAddDefault(_byRequest, line.Record.AuditId, out _) ??= []).Add(line);
            _count++;
        }
        else if (line.Record.Stage is AuditStage.Outcome && _byRequest.TryGetValue(line.Record.AuditId, out var open))
        {
            _count -= open.RemoveAll(intent => line.Record.Key is null || intent.Record.Key == line.Record.Key);
            if (open.Count == 0)
            {
                _byRequest.Remove(line.Record.AuditId);
            }
        }
    }
}
