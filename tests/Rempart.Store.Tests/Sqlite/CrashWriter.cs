using System.Globalization;
using Rempart.Store.Sqlite;
using static Rempart.Testing.Store.StoreCalls;

namespace Rempart.Store.Tests.Sqlite;

/// <summary>
/// The process that the crash test kills: writes as fast as it can and says what was acknowledged, a line each:
/// <c>key revision</c>, with revision 0 for a key that was deleted again.
/// </summary>
internal static class CrashWriter
{
    private const int Writers = 8;

    public static async Task<int> RunAsync(string path, string seed)
    {
        await using var store = SqliteStore.Open(new SqliteStoreOptions { Path = path });
        await using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        var say = TextWriter.Synchronized(output);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(store, $"{seed}/{writer}", say))));
        return 0;
    }

    private static async Task WriteAsync(SqliteStore store, string prefix, TextWriter say)
    {
        // Bounded, so that a parent that died leaves no process behind for long.
        for (var i = 0; i < 20_000; i++)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"{prefix}/{i}");
            var revision = await store.WriteAsync(Put(key, new string('x', 1 + (i * 37 % 5000))), Put(key + "/twin", "x"));
            await say.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{key} {revision}"));
            if (i % 5 == 4)
            {
                revision = await store.WriteAsync(Delete(key, revision), Delete(key + "/twin", revision));
                await say.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{key} 0 {revision}"));
            }

            if (i % 50 == 49)
            {
                await store.CompactAsync(revision, default);
            }
        }
    }
}
