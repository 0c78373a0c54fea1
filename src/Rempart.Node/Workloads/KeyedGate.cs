namespace Rempart.Node.Workloads;

/// <summary>One at a time for each key; a key that nobody holds or waits for takes no memory.</summary>
internal sealed class KeyedGate
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);

    internal async Task<IDisposable> EnterAsync(string key, CancellationToken cancellationToken)
    {
        Entry entry;
        lock (gate)
        {
            if (!entries.TryGetValue(key, out entry!)) entries[key] = entry = new Entry();
            entry.Users++;
        }
        try
        {
            await entry.Turn.WaitAsync(cancellationToken);
            return new Holder(this, key, entry);
        }
        catch
        {
            Leave(key, entry);
            throw;
        }
    }

    private void Leave(string key, Entry entry)
    {
        lock (gate)
        {
            if (--entry.Users == 0) entries.Remove(key);
        }
    }

    private sealed class Entry
    {
        internal SemaphoreSlim Turn { get; } = new(1, 1);

        internal int Users { get; set; }
    }

    private sealed class Holder(KeyedGate owner, string key, Entry entry) : IDisposable
    {
        private int left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref left, 1) != 0) return;
            entry.Turn.Release();
            owner.Leave(key, entry);
        }
    }
}
