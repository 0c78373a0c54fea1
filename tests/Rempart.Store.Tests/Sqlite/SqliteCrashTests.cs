using System.Diagnostics;
using System.Globalization;
using Rempart.Testing.Store;

namespace Rempart.Store.Tests.Sqlite;

[Trait("level", "real")]
public sealed class SqliteCrashTests : IAsyncLifetime
{
    private readonly SqliteHarness _harness = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public Task A_process_killed_amid_writes_loses_nothing_that_was_acknowledged() => KillAsync(rounds: 4, round => 150 + (round * 211));

    [Fact]
    [Trait("length", "long")]
    public Task A_thousand_of_them_lose_nothing_either() => KillAsync(rounds: 1000, round => 1 + (round * 37 % 113));

    private async Task KillAsync(int rounds, Func<int, int> lines)
    {
        // Given what processes said was written before each was killed at some point
        var highest = 0L;
        for (var round = 0; round < rounds; round++)
        {
            var said = await WriteAndKillAsync(round, lines(round));

            // When the store is opened again
            await using var store = _harness.Open();

            // Then everything acknowledged is there, whole, and the line of revisions goes on
            var newest = said.Max(line => line.Latest);
            Assert.True(await store.RevisionAsync() >= newest, "acknowledged revisions are gone");
            Assert.True(newest > highest, "a revision was issued twice");
            Assert.Equal(said.Select(line => line.Latest).Count(), said.Select(line => line.Latest).Distinct().Count());
            foreach (var (key, revision, _) in said.GroupBy(line => line.Key).Select(lines => lines.MaxBy(line => line.Latest)))
            {
                var (entry, twin) = (await store.GetAsync(key), await store.GetAsync(key + "/twin"));
                Assert.Equal(entry?.ModRevision, twin?.ModRevision);
                // The key may have been deleted after this line, unheard; never the other way round.
                Assert.True(entry is null ? revision == 0 || key.EndsWith('4') || key.EndsWith('9') : entry.ModRevision == revision, $"{key} is not as acknowledged");
            }

            highest = await store.WriteAsync(StoreCalls.Put($"after/{round}", "1"));
            Assert.True(highest > newest, "a revision was issued twice");
        }
    }

    private async Task<List<(string Key, long Revision, long Latest)>> WriteAndKillAsync(int round, int lines)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(Environment.ProcessPath!, ["--write-until-killed", _harness.Path, round.ToString(CultureInfo.InvariantCulture)])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
            },
        };
        process.Start();
        var said = new List<(string, long, long)>();
        try
        {
            while (await process.StandardOutput.ReadLineAsync() is { } line)
            {
                // The last line may be cut.
                if (line.Split(' ') is [var key, var first, .. var rest] && (first != "0" || rest.Length == 1))
                {
                    var revision = long.Parse(first, CultureInfo.InvariantCulture);
                    said.Add((key, revision, rest.Length == 1 ? long.Parse(rest[0], CultureInfo.InvariantCulture) : revision));
                }

                if (said.Count == lines)
                {
                    process.Kill();
                }
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        Assert.Equal(137, process.ExitCode);
        Assert.True(said.Count >= lines, "the writer ended by itself");
        return said;
    }
}
