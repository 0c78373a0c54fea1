using System.Security.Cryptography;
using Rempart.Api.Audit;
using Rempart.Node.Witness;

namespace Rempart.Node.Tests.Evidence;

/// <summary>Who has the server's own rights, its user's files and its keys, forges the trail and the store: what a node saw before finds it.</summary>
[Trait("level", "real")]
public sealed class AuditForgeryStories : IAsyncLifetime
{
    private const int Broken = 7;

    private readonly EvidenceWorld _world = new();

    public ValueTask InitializeAsync() => _world.InitializeAsync();

    [Fact]
    public async Task A_whole_chain_that_was_computed_anew_with_its_checkpoints_in_the_store()
    {
        // Given a server that computes its chain anew from record 5 on, signs all checkpoints again and puts them into its store
        await _world.RestartAsync(() =>
        {
            var heads = ComputeAnew(from: 5);
            using var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(_world.Server.PathOf("pki/audit.pem")));
            Assert.NotEqual(0, EditCheckpoints(old => AuditCheckpoint.Sign(old.Chain, old.Count, heads[old.Count], old.Time, key)));
        });
        await _world.ChangeAsync("later", 5);

        // Then what the server itself says is whole; the node sees a head farther on
        var (exit, said, complained) = await _world.VerifyAsync("--folder", _world.Trail);
        Assert.Equal((0, ""), (exit, complained));
        Assert.Contains("unbroken; the store vouches for", said, StringComparison.Ordinal);
        await _world.RestartAsync();
        Assert.Equal(WitnessVerdict.Keep, await _world.WitnessAsync());

        // But the node's earlier checkpoint finds it
        (exit, _, complained) = await _world.VerifyAsync("--folder", _world.Trail, "--anchor", _world.Anchor);
        Assert.Equal(Broken, exit);
        Assert.Matches(@"^BROKEN \(by what the node keeps\): the chain was computed anew from a record between 1 and (\d+): a checkpoint of \S+ \S+ saw another record \1; it shows at line \d+ of `\d{6}\.log`\nkeep copies of ", complained);
    }

    [Fact]
    public async Task A_checkpoint_that_was_edited_in_the_store()
    {
        // Given a checkpoint in the store that says another head than it was signed with, which the server tells until it makes the next one, 10 s later
        var edited = 0L;
        WitnessVerdict? verdict = null;
        for (var tries = 0; tries < 5 && verdict is not WitnessVerdict.Unsigned; tries++)
        {
            await _world.RestartAsync(() => EditCheckpoints(old =>
            {
                edited = Math.Max(edited, old.Count);
                return old with { Head = new string('7', old.Head.Length) };
            }));
            verdict = await _world.WitnessAsync();
        }

        // Then the node keeps it as a contradiction instead of taking it, and the command names it
        Assert.Equal(WitnessVerdict.Unsigned, verdict);
        Assert.Equal(edited, Assert.Single(WitnessedCheckpoint.ReadFile(Path.Combine(_world.Anchor, "refused"))).Checkpoint.Count);
        var (exit, _, complained) = await _world.VerifyAsync("--folder", _world.Trail, "--anchor", _world.Anchor);
        Assert.Equal(Broken, exit);
        Assert.Matches(@"^BROKEN \(by what the store keeps\): the checkpoint of record \d+ at \S+ \S+ is not signed by the given key; it was edited, or made with another key\nkeep copies of ", complained);
    }

    public async ValueTask DisposeAsync() => await _world.DisposeAsync();

    /// <summary>Writes the trail as if somebody else had done it all; the hash of each record.</summary>
    private Dictionary<long, string> ComputeAnew(long from)
    {
        var (heads, head) = (new Dictionary<long, string>(), AuditLine.Genesis);
        foreach (var file in AuditFolder.Files(_world.Trail))
        {
            using var anew = new MemoryStream();
            foreach (var bytes in AuditFolder.Lines(file))
            {
                Assert.True(AuditLine.TryRead(bytes.Span, out var line));
                head = AuditLine.Write(anew, line.Sequence, head, line.Sequence < from ? line.Record : line.Record with { User = "mallory" });
                heads[line.Sequence] = head;
            }

            File.WriteAllBytes(file, anew.ToArray());
        }

        return heads;
    }

    /// <summary>Writes other checkpoints of the same length over those in the database of a server that has ended; how many there were.</summary>
    private int EditCheckpoints(Func<AuditCheckpoint, AuditCheckpoint> edit)
    {
        var path = _world.Server.PathOf("store/rempart.db");
        var database = File.ReadAllBytes(path);
        var begin = "{\"chain\":\"rempart-server\",\"count\":"u8;
        var count = 0;
        for (var at = 0; database.AsSpan(at).IndexOf(begin) is >= 0 and var found; count++)
        {
            at += found;
            var length = database.AsSpan(at).IndexOf((byte)'}') + 1;
            var old = AuditCheckpoint.FromJson(database.AsSpan(at, length));
            // A signature is another one each time, and JSON spells its `+` in six letters.
            var edited = Enumerable.Range(0, 1000).Select(_ => edit(old).ToJson()).First(json => json.Length == length);
            edited.CopyTo(database, at);
            at += length;
        }

        File.WriteAllBytes(path, database);
        return count;
    }
}
