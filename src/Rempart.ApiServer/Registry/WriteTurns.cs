namespace Rempart.ApiServer.Registry;

/// <summary>
/// Who changes an object in this server waits for the one before: writers of one object would otherwise meet in the store, where all but one of them
/// start over, each time with two records in the audit trail. What other servers write is found out by the store.
/// </summary>
internal sealed class WriteTurns
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Turn> _turns = new(StringComparer.Ordinal);

    /// <summary>How many objects somebody changes or waits to change.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _turns.Count;
        }
    }

    /// <summary>Waits for one's turn; disposing ends it.</summary>
    /// <param name="key">The object.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<IDisposable> EnterAsync(string key, CancellationToken cancellationToken)
    {
        Turn turn;
        lock (_gate)
        {
            if (!_turns.TryGetValue(key, out turn!)) _turns[key] = turn = new Turn();
            turn.Users++;
        }

        try
        {
            await turn.Free.WaitAsync(cancellationToken);
            return new Place(this, key, turn);
        }
        catch
        {
            Leave(key, turn);
            throw;
        }
    }

    private void Leave(string key, Turn turn)
    {
        lock (_gate)
        {
            if (--turn.Users > 0) return;
            _turns.Remove(key);
            turn.Free.Dispose();
        }
    }

    private sealed class Turn
    {
        public SemaphoreSlim Free { get; } = new(1, 1);

        public int Users { get; set; }
    }

    private sealed class Place(WriteTurns turns, string key, Turn turn) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) != 0) return;
            turn.Free.Release();
            turns.Leave(key, turn);
        }
    }
}
