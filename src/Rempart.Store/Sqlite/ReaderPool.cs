using System.Collections.Concurrent;

namespace Rempart.Store.Sqlite;

/// <summary>A few reading connections, lent one call at a time; callers wait in order when all are out.</summary>
internal sealed class ReaderPool : IDisposable
{
    private readonly ConcurrentBag<Reader> _idle = [];
    private readonly SemaphoreSlim _free;
    private readonly int _count;
    private volatile bool _closed;

    public ReaderPool(string path, int count)
    {
        _count = count;
        _free = new SemaphoreSlim(count);
        for (var i = 0; i < count; i++)
        {
            _idle.Add(new Reader(path));
        }
    }

    /// <summary>Runs a read on a free connection. It runs on the caller's thread: most reads take less than a thread switch.</summary>
    public async ValueTask<T> ReadAsync<T, TArguments>(
        TArguments arguments, Func<Reader, TArguments, T> read, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            if (_closed || !_idle.TryTake(out var reader))
            {
                throw new StoreUnavailableException("the store is closed", inner: null);
            }

            try
            {
                return read(reader, arguments);
            }
            finally
            {
                _idle.Add(reader);
            }
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Waits for the reads that run and closes the connections; later reads are refused.</summary>
    public async ValueTask CloseAsync()
    {
        _closed = true;
        for (var i = 0; i < _count; i++)
        {
            await _free.WaitAsync(CancellationToken.None);
        }

        while (_idle.TryTake(out var reader))
        {
            reader.Dispose();
        }

        _free.Release(_count);
    }

    public void Dispose()
    {
        foreach (var reader in _idle)
        {
            reader.Dispose();
        }
    }
}
