namespace Rempart.Store.Sqlite;

/// <summary>
/// Moves the write-ahead log into the database on a connection and a thread of its own, so that commits don't wait for it. When it
/// can't keep up, the writer's own checkpoint at a larger size (see <see cref="Schema"/>) bounds the log.
/// </summary>
internal sealed class Checkpointer : IDisposable
{
    /// <summary>Bytes of the log between two checkpoints, about.</summary>
    private const long Interval = 4 * 1024 * 1024;

    /// <summary>What a group writes beyond its values: a few pages of indexes.</summary>
    private const long GroupOverhead = 16 * 1024;

    private readonly Database _database;
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _written;
    private volatile bool _closed;

    public Checkpointer(Database database) => _database = database;

    public void Start() => new Thread(Run) { Name = "store-checkpoint", IsBackground = true }.Start();

    /// <summary>For the writer, after each group.</summary>
    public void Written(long bytes)
    {
        _written += bytes + GroupOverhead;
        if (_written >= Interval)
        {
            Ask();
        }
    }

    /// <summary>For the writer: one now.</summary>
    public void Ask()
    {
        if (_wanted.CurrentCount == 0)
        {
            _written = 0;
            _wanted.Release();
        }
    }

    public async ValueTask CloseAsync()
    {
        _closed = true;
        if (_wanted.CurrentCount == 0)
        {
            _wanted.Release();
        }

        await _ended.Task;
    }

    public void Dispose()
    {
        _database.Dispose();
        _wanted.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _wanted.Wait();
            if (_closed)
            {
                break;
            }

            try
            {
                _database.CheckpointPassively();
            }
            catch (StoreException)
            {
                // Nothing is lost: the log stays, and the writer meets the same disk at its next commit and reports it.
            }
        }

        _ended.SetResult();
    }
}
