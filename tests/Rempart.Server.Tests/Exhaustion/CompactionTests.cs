using Microsoft.Extensions.Logging;
using Rempart.Server.Run;
using Rempart.Store.Sqlite;
using Rempart.Testing.Disks;
using Rempart.Testing.Store;
using Rempart.Testing.Time;
using static Rempart.Testing.Store.StoreCalls;

namespace Rempart.Server.Tests.Exhaustion;

/// <summary>The server's compaction every five minutes on a real store whose disk is full: it says so, ends nothing, and goes on by itself.</summary>
[Trait("level", "real")]
public sealed class CompactionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rempart-compaction-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_disk_is_waited_for()
    {
        using var disk = new SmallDisk(_folder, 8);
        await using var store = SqliteStore.Open(new SqliteStoreOptions { Path = Path.Combine(_folder, "store.db") });
        var revision = await store.WriteAsync(Put("k", "0"));
        var time = new ManualTime();
        var log = new Lines();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var compacting = new StoreCompaction(store, time, log).RunAsync(stop.Token);
        for (var i = 1; i < 150; i++) revision = await store.WriteAsync(Put("k", new string('x', 4000) + i, revision));

        // When the disk has no room at the times of three compactions
        disk.Fill();
        await Eventually.HoldsAsync("three tries", time, TimeSpan.FromMinutes(1), () => compacting.IsCompleted || log.Count >= 3, Stop);

        // Then each has said so, nothing is lost and the loop goes on
        Assert.False(compacting.IsCompleted, $"{compacting.Exception}");
        Assert.All(log.All, line => Assert.StartsWith("old revisions can't be forgotten now, trying again: the disk of the store is full", line, StringComparison.Ordinal));
        Assert.Equal(revision, (await store.GetAsync("k"))!.ModRevision);
        Assert.Equal(1, (await store.CurrentAsync(Stop)).CompactedRevision);

        // And when there is room, the next one does what they could not
        disk.MakeRoom();
        for (var tries = 0; (await store.CurrentAsync(Stop)).CompactedRevision == 1; tries++)
        {
            Assert.True(tries < 2000 && !compacting.IsCompleted, "it never compacted");
            time.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(5, Stop);
        }

        Assert.Equal(revision, (await store.GetAsync("k"))!.ModRevision);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => compacting);
    }

    public void Dispose() => Directory.Delete(_folder);

    private sealed class Lines : ILogger
    {
        private readonly List<string> _lines = [];

        public int Count
        {
            get
            {
                lock (_lines) return _lines.Count;
            }
        }

        public IReadOnlyList<string> All
        {
            get
            {
                lock (_lines) return [.. _lines];
            }
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines) _lines.Add(formatter(state, exception));
        }
    }
}
