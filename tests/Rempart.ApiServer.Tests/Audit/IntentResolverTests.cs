using System.Security.Cryptography;
using Rempart.Api.Audit;
using Rempart.ApiServer.Audit;
using Rempart.Store.Memory;
using Rempart.Testing.Store;
using static Rempart.Testing.Store.StoreCalls;

namespace Rempart.ApiServer.Tests.Audit;

public sealed class IntentResolverTests : IAsyncLifetime
{
    private readonly AuditFixture _fixture = new();
    private readonly MemoryStore _store = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _fixture.Dispose();
    }

    [Fact]
    public async Task What_was_written_before_the_crash_gets_its_revision_and_what_was_not_says_so()
    {
        // Given intents, of which all but the last two were committed, with other writes between and behind
        var created = await _store.WriteAsync(Put("/k", "1"));
        var updated = await _store.WriteAsync(Put("/k", "2", created), Put("/k2", "2"));
        var back = await _store.WriteAsync(Put("/k", "1", updated));
        var deleted = await _store.WriteAsync(Delete("/k", back));
        await _store.WriteAsync(Put("/k", "later"));
        await using (var log = _fixture.Open())
        {
            await log.AppendAsync(Intent("created", null, "1"), default);
            await log.AppendAsync(Intent("updated", "1", "2"), default);
            await log.AppendAsync(Intent("back", "2", "1"), default);
            await log.AppendAsync(Intent("deleted", "1", null), default);
            await log.AppendAsync(Intent("again", "1", null), default);
            await log.AppendAsync(Intent("never", "later", "other"), default);
        }

        // When the server starts again
        await using (var log = _fixture.Open())
        {
            await IntentResolver.ResolveAsync(log, log.UnresolvedIntents, _store, default);
        }

        // Then every intent has an outcome, and each write is somebody's
        var outcomes = _fixture.Records().Where(record => record.Stage is AuditStage.Outcome).ToDictionary(record => record.AuditId);
        Assert.Equal((created, updated, back, deleted), (outcomes["created"].Revision, outcomes["updated"].Revision, outcomes["back"].Revision, outcomes["deleted"].Revision));
        Assert.Null(outcomes["again"].Revision);
        Assert.Null(outcomes["never"].Revision);
        Assert.Contains("no such write", outcomes["never"].Note);
        await using var resolved = _fixture.Open();
        Assert.Empty(resolved.UnresolvedIntents);
    }

    [Fact]
    public async Task A_write_whose_past_is_compacted_is_still_found()
    {
        var created = await _store.WriteAsync(Put("/k", "1"));
        var updated = await _store.WriteAsync(Put("/k", "2", created));
        await _store.CompactAsync(updated, default);
        await using (var log = _fixture.Open())
        {
            await log.AppendAsync(Intent("updated", "1", "2"), default);
        }

        await using (var log = _fixture.Open())
        {
            await IntentResolver.ResolveAsync(log, log.UnresolvedIntents, _store, default);
        }

        Assert.Equal(updated, _fixture.Records()[^1].Revision);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_forgotten_before_it_was_looked_up_is_not_called_a_failure(bool deleted)
    {
        // Given a write that was acknowledged, and another server that changed the object again and forgot what was before
        var created = await _store.WriteAsync(Put("/k", "1"));
        var updated = await _store.WriteAsync(deleted ? Delete("/k", created) : Put("/k", "2", created));
        var later = await _store.WriteAsync(Put("/k", "3", deleted ? 0 : updated));
        await _store.CompactAsync(later, default);
        await using (var log = _fixture.Open())
        {
            await log.AppendAsync(Intent("lost", "1", deleted ? null : "2") with { Revision = created }, default);
            await log.AppendAsync(Intent("never", "3", "4") with { Revision = later }, default);
        }

        await using (var log = _fixture.Open())
        {
            await IntentResolver.ResolveAsync(log, log.UnresolvedIntents, _store, default);
        }

        var outcomes = _fixture.Records().Where(record => record.Stage is AuditStage.Outcome).ToDictionary(record => record.AuditId);
        Assert.Equal((null, null), (outcomes["lost"].Status, outcomes["lost"].Revision));
        Assert.Contains("is not known", outcomes["lost"].Note);
        // What can't have been forgotten is known.
        Assert.Equal(500, outcomes["never"].Status);
        Assert.Contains("no such write", outcomes["never"].Note);
    }

    [Fact]
    public async Task Checkpoints_are_kept_in_order_and_bounded()
    {
        var stored = new StoredCheckpoints(_store, "test", most: 12);
        for (var i = 1; i <= 30; i++)
        {
            await stored.KeepAsync(AuditCheckpoint.Sign("test", i, AuditLine.Genesis, DateTimeOffset.UnixEpoch, _fixture.Signer), default);
        }

        var kept = await stored.ListAsync(default);
        Assert.Equal(Enumerable.Range(19, 12).Select(i => (long)i), kept.Select(checkpoint => checkpoint.Count));
        Assert.All(kept, checkpoint => Assert.True(checkpoint.IsSignedBy(_fixture.Signer)));
        Assert.Empty(await new StoredCheckpoints(_store, "tes").ListAsync(default));
    }

    private static AuditRecord Intent(string id, string? before, string? after) =>
        AuditFixture.Intent(id, "/k") with { Revision = 1, Before = Digest(before), After = Digest(after) };

    private static string? Digest(string? value) =>
        value is null ? null : Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(value)));
}
