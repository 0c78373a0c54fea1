using System.Security.Cryptography;
using Rempart.Api.Audit;
using Rempart.Cli.Commands;

namespace Rempart.Cli.Tests.Commands;

/// <summary>A trail is followed with the checkpoints of the store and with those of a node.</summary>
public sealed class AuditKeeperTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_chain_that_its_own_server_computed_anew_with_its_checkpoints_is_broken_by_what_the_node_keeps_alone()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (_, before) = Trail(key, "alice created m", "alice deleted m");
        var (lines, after) = Trail(key, "alice created m", "bob deleted m", "carol created n", "carol deleted n");
        AuditKeeper[] keepers = [new("the store", new AuditVerifier(after, key)), new("the node", new AuditVerifier(before, key))];
        foreach (var line in lines) AuditKeeper.Show(keepers, line, "1.log", 1);
        Assert.Null(keepers[0].Verifier.Finish());
        Assert.Equal(AuditFaultKind.Rewritten, keepers[1].Verifier.Finish()?.Kind);
    }

    [Fact]
    public void An_edited_record_is_named_by_both_and_nobody_looks_behind_it()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (lines, checkpoints) = Trail(key, "one", "two", "three");
        lines[1][20] ^= 1;
        AuditKeeper[] keepers = [new("the store", new AuditVerifier(checkpoints, key)), new("the node", new AuditVerifier(checkpoints, key))];
        Assert.True(AuditKeeper.Show(keepers, lines[0], "1.log", 1));
        Assert.False(AuditKeeper.Show(keepers, lines[1], "1.log", 2));
        Assert.All(keepers, keeper => Assert.Equal(2, keeper.Verifier.Finish()?.Sequence));
    }

    private static (List<byte[]> Lines, List<AuditCheckpoint> Checkpoints) Trail(ECDsa key, params IEnumerable<string> names)
    {
        var (lines, checkpoints, head) = (new List<byte[]>(), new List<AuditCheckpoint>(), AuditLine.Genesis);
        foreach (var name in names)
        {
            using var bytes = new MemoryStream();
            AuditLine.Write(bytes, lines.Count + 1, head, new AuditRecord { Stage = AuditStage.Note, AuditId = "r", Name = name, Time = Now });
            lines.Add(bytes.ToArray()[..^1]);
            head = AuditLine.TryRead(lines[^1], out var line) ? line.Hash : throw new InvalidDataException("no record");
            checkpoints.Add(AuditCheckpoint.Sign("rempart-server", lines.Count, head, Now, key));
        }

        return (lines, checkpoints);
    }
}
