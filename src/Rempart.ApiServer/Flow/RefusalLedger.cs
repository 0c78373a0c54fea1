using Rempart.Api.Audit;
using Rempart.ApiServer.Audit;

namespace Rempart.ApiServer.Flow;

/// <summary>
/// Records refusals so that a flood of them costs a bounded number of bytes and none is lost: the first of each client in a window one by
/// one and durably before they are answered, the rest as one record a client and reason when the window ends.
/// </summary>
internal sealed class RefusalLedger(IAuditLog log, RefusalBounds bounds, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _recorded = new(StringComparer.Ordinal);
    private Dictionary<(string Client, int Status), RefusalCount> _counts = [];
    private int _all;

    /// <summary>Records or counts a refusal.</summary>
    /// <param name="client">Whose; as limits know them.</param>
    /// <param name="record">The refusal.</param>
    /// <exception cref="AuditUnavailableException">It could not be written.</exception>
    public async ValueTask AddAsync(string client, AuditRecord record)
    {
        lock (_gate)
        {
            if (!_recorded.TryGetValue(client, out var recorded) && _recorded.Count >= bounds.Clients) client = "others";
            recorded = _recorded.GetValueOrDefault(client);
            if (recorded >= bounds.OfClient || _all >= bounds.OfAll)
            {
                _recorded.TryAdd(client, 0);
                var now = time.GetUtcNow();
                Add(new RefusalCount(client, client == "others" ? Nobody(record) : record, 1, now, now));
                return;
            }

            _recorded[client] = recorded + 1;
            _all++;
            if (recorded + 1 == bounds.OfClient || _all == bounds.OfAll) record = record with { Note = "further refusals are counted until the minute ends" };
        }

        // It took one of the places of those that stand in the trail: a client that hangs up must not leave it empty.
        await log.AppendAsync(record, CancellationToken.None);
    }

    /// <summary>Writes the counts of each window until cancelled, and once more then.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(bounds.Window, time, cancellationToken);
                await FlushAsync();
            }
        }
        catch (OperationCanceledException)
        {
            await FlushAsync();
        }
    }

    /// <summary>Ends the window. Counts that can't be written are kept for the next.</summary>
    public async Task FlushAsync()
    {
        Dictionary<(string, int), RefusalCount> counts;
        lock (_gate)
        {
            (counts, _counts, _all) = (_counts, [], 0);
            _recorded.Clear();
        }

        foreach (var (key, count) in counts)
        {
            try
            {
                await log.AppendAsync(count.Record(), CancellationToken.None);
                counts.Remove(key);
            }
            catch (AuditUnavailableException)
            {
                lock (_gate)
                {
                    foreach (var kept in counts.Values) Keep(kept);
                }

                return;
            }
        }
    }

    private static AuditRecord Nobody(AuditRecord record) => new() { Stage = record.Stage, AuditId = record.AuditId, Status = record.Status };

    private void Add(RefusalCount count)
    {
        var key = (count.Client, count.Sample.Status ?? 0);
        _counts[key] = _counts.TryGetValue(key, out var known) ? known.With(count) : count;
    }

    // What waits while the trail can't be written stays bounded too.
    private void Keep(RefusalCount count)
    {
        if (_counts.Count < 4 * bounds.Clients || _counts.ContainsKey((count.Client, count.Sample.Status ?? 0))) Add(count);
        else Add(count with { Client = "others", Sample = Nobody(count.Sample) });
    }
}
