using System.Collections.Concurrent;
using Rempart.Api.Audit;
using Rempart.Api.Core;
using Rempart.Api.Meta;

namespace Rempart.Node.Tests.Evidence;

/// <summary>The trail of a real server that many write to at once: its files are ended and begun meanwhile, and the server is killed.</summary>
[Trait("level", "real")]
public sealed class BusyTrailStories : IAsyncLifetime
{
    private const int Writers = 12;

    private readonly EvidenceWorld _world = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _world.InitializeAsync();

    [Fact]
    public async Task Files_are_ended_and_begun_while_many_write_and_the_trail_is_whole_whenever_it_is_looked_at()
    {
        var before = AuditFolder.Files(_world.Trail).Count;
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => _world.ChangeAsync($"busy{writer}", 80)));
        var looks = 0;
        do
        {
            var (exit, said, complained) = await _world.VerifyAsync("--folder", _world.Trail, "--anchor", _world.Anchor);
            Assert.True((exit, complained) == (0, ""), $"{exit} {said} {complained}");
            looks++;
        }
        while (!writing.IsCompleted);
        await writing;

        // Then there are many files, of which some were begun while requests were under way, and each change is in them once
        Assert.InRange(AuditFolder.Files(_world.Trail).Count - before, 10, 1000);
        var trail = Trail();
        Assert.Contains(trail, record => record is { AuditId: "log", Open.Count: > 0 });
        var changes = trail.Where(record => NameOf(record)?.StartsWith("busy", StringComparison.Ordinal) == true).GroupBy(NameOf).ToList();
        Assert.Equal(Writers * 80, changes.Count);
        Assert.All(changes, change => Assert.Equal([AuditStage.Intent, AuditStage.Outcome], change.Select(record => record.Stage)));
        Assert.NotEqual(0, looks);
    }

    [Fact]
    public async Task What_a_killed_server_left_open_is_told_as_it_became()
    {
        var (written, lost) = (0, 0);
        for (var round = 0; round < 40 && (written < 3 || lost < 3); round++)
        {
            // Given writers, each with names of its own, and a server that is killed under them
            var acknowledged = new ConcurrentBag<string>();
            using var end = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            var writers = Enumerable.Range(0, Writers).Select(writer => WriteAsync($"r{round}-{writer}", acknowledged, end.Token)).ToList();
            while (acknowledged.Count < 30 + (round * 7 % 40)) await Task.Delay(1, Stop);
            await _world.Server.KillAsync();
            await end.CancelAsync();
            await Task.WhenAll(writers);
            var trail = Trail();
            var open = trail.Where(record => record.Stage is AuditStage.Intent).ExceptBy(trail.Where(record => record.Stage is AuditStage.Outcome).Select(record => record.AuditId), record => record.AuditId).ToList();

            // When it is started again
            await _world.Server.RunAsync(Stop);

            // Then each change that was open has one outcome, which says what the store says
            var outcomes = Trail().Where(record => record.Stage is AuditStage.Outcome).ToLookup(record => record.AuditId);
            foreach (var intent in open.Where(intent => intent is { Resource: "configmaps", Verb: "create" or "delete" }))
            {
                var outcome = Assert.Single(outcomes[intent.AuditId]);
                Assert.StartsWith($"found after a restart for the intent of {intent.Time:O}: ", outcome.Note, StringComparison.Ordinal);
                var found = await _world.Admin.FindAsync<ConfigMap>("default", NameOf(intent)!, Stop);
                var was = outcome.Status == 200;
                Assert.Equal(was ? "it was written" : "the store's history holds no such write", outcome.Note!.Split(": ")[^1]);
                if (intent.Verb == "create" && was) Assert.Equal(outcome.Revision?.ToString(System.Globalization.CultureInfo.InvariantCulture), found?.Metadata.ResourceVersion);
                else Assert.Equal(intent.Verb == "create" == was, found is not null);
                Assert.Equal(was, outcome.Revision is not null);
                _ = was ? written++ : lost++;
            }

            // And of what was acknowledged the intent was durable before, and the outcome is there now, lost or not
            Assert.Empty(acknowledged.Except(trail.Where(record => record.Stage is AuditStage.Intent).Select(record => $"{record.Verb} {NameOf(record)}")));
            Assert.Empty(acknowledged.Except(outcomes.SelectMany(all => all).Where(record => record.Revision is not null).Select(record => $"{record.Verb} {NameOf(record)}")));
        }

        Assert.True(written >= 3 && lost >= 3, $"the kills met {written} changes between their commit and their outcome, and {lost} before their commit: too few to say anything");
        Assert.Equal((0, ""), (await _world.VerifyAsync("--folder", _world.Trail, "--anchor", _world.Anchor)) switch { var (exit, _, complained) => (exit, complained) });
    }

    public async ValueTask DisposeAsync() => await _world.DisposeAsync();

    /// <summary>Makes and deletes objects until the server is gone.</summary>
    private async Task WriteAsync(string prefix, ConcurrentBag<string> acknowledged, CancellationToken cancellationToken)
    {
        using var client = _world.Server.Client("admin");
        try
        {
            for (var i = 0; i < 5000; i++)
            {
                var name = $"{prefix}-{i}";
                await client.CreateAsync(new ConfigMap { Metadata = new ObjectMeta { Namespace = "default", Name = name } }, cancellationToken);
                acknowledged.Add($"create {name}");
                if (i % 2 == 0) continue;
                await client.DeleteAsync<ConfigMap>("default", name, null, cancellationToken);
                acknowledged.Add($"delete {name}");
            }
        }
        catch (Exception gone) when (gone is ApiException or OperationCanceledException)
        {
            // It was killed.
        }
    }

    // The name is in the path of who changes an object, not of who makes one; the store's key has it always.
    private static string? NameOf(AuditRecord record) => record is { Resource: "configmaps", Key: { } key } ? key[(key.LastIndexOf('/') + 1)..] : null;

    /// <summary>All whole records; behind them may be one that the kill cut.</summary>
    private List<AuditRecord> Trail()
    {
        var records = new List<AuditRecord>();
        foreach (var bytes in AuditFolder.Files(_world.Trail).SelectMany(AuditFolder.Lines))
        {
            if (AuditLine.TryRead(bytes.Span, out var line)) records.Add(line.Record);
        }

        return records;
    }
}
