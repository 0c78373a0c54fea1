using System.Security.Cryptography;
using System.Text;
using Rempart.Api.Audit;
using static Rempart.ApiServer.Tests.Audit.AuditFixture;

namespace Rempart.ApiServer.Tests.Audit;

/// <summary>Each way to lie with a trail, done to a real one: the verifier names the first record that can't be trusted.</summary>
public sealed class AuditVerifierTests : IAsyncLifetime
{
    private readonly AuditFixture _fixture = new() { CheckpointRecords = 5, FileBytes = 3000 };
    private List<byte[]> _lines = [];

    public async ValueTask InitializeAsync()
    {
        await using (var log = _fixture.Open())
        {
            for (var i = 0; i < 20; i++)
            {
                await log.AppendAsync(Intent($"r{i}"), default);
            }
        }

        _lines = _fixture.Lines();
    }

    public ValueTask DisposeAsync()
    {
        _fixture.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void An_honest_trail_is_good() => Assert.Null(_fixture.Verify());

    [Fact]
    public void Any_byte_changed_names_its_record()
    {
        for (var line = 0; line < _lines.Count; line++)
        {
            for (var at = line; at < _lines[line].Length; at += 23)
            {
                var changed = _lines.ToList();
                changed[line] = [.. _lines[line]];
                changed[line][at] ^= 1;
                var fault = _fixture.Verify(changed);
                Assert.Equal((AuditFaultKind.Edited, line + 1), (fault?.Kind, fault?.Sequence ?? 0));
            }
        }
    }

    [Fact]
    public void A_removed_record_is_named()
    {
        for (var line = 0; line < _lines.Count - 1; line++)
        {
            Expect(AuditFaultKind.Missing, line + 1, [.. _lines.Take(line), .. _lines.Skip(line + 1)]);
        }
    }

    [Fact]
    public void Records_that_changed_places_are_named() =>
        Expect(AuditFaultKind.Missing, 7, [.. _lines.Take(6), _lines[7], _lines[6], .. _lines.Skip(8)]);

    [Fact]
    public void A_repeated_record_is_named() =>
        Expect(AuditFaultKind.Repeated, 8, [.. _lines.Take(7), _lines[6], .. _lines.Skip(7)]);

    [Fact]
    public void A_cut_tail_is_named()
    {
        for (var left = 0; left < _lines.Count; left++)
        {
            Expect(AuditFaultKind.Cut, left + 1, _lines.Take(left));
        }
    }

    [Fact]
    public void An_inserted_line_is_named() =>
        Expect(AuditFaultKind.Edited, 4, [.. _lines.Take(3), Encoding.UTF8.GetBytes("{}"), .. _lines.Skip(3)]);

    [Fact]
    public void An_edited_record_with_its_own_hash_made_anew_is_named()
    {
        _fixture.Checkpoints.Clear();
        var forged = Rechain(from: 10, until: 11);
        Expect(AuditFaultKind.Unlinked, 11, forged);
    }

    [Fact]
    public void A_chain_computed_anew_by_who_may_write_it_contradicts_the_next_checkpoint()
    {
        var forged = Rechain(from: 10, until: _lines.Count);
        var fault = _fixture.Verify(forged);
        Assert.Equal(AuditFaultKind.Rewritten, fault?.Kind);
        Assert.InRange(fault!.Sequence, 1, 11);
        // Without checkpoints it would pass: they are what finds it.
        _fixture.Checkpoints.Clear();
        Assert.Null(_fixture.Verify(forged));
    }

    [Fact]
    public async Task A_file_replaced_by_one_of_another_trail_is_named()
    {
        using var other = new AuditFixture { FileBytes = 3000 };
        await using (var log = other.Open())
        {
            for (var i = 0; i < 20; i++)
            {
                await log.AppendAsync(Intent($"x{i}"), default);
            }
        }

        var second = AuditFolder.File(_fixture.Folder, 2);
        File.Copy(AuditFolder.File(other.Folder, 2), second, overwrite: true);
        var first = AuditFolder.Lines(AuditFolder.File(_fixture.Folder, 1)).Count();
        Assert.Equal((AuditFaultKind.Unlinked, first), (_fixture.Verify()?.Kind, _fixture.Verify()?.Sequence ?? 0));
    }

    [Fact]
    public void A_checkpoint_that_the_server_did_not_sign_is_named()
    {
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var genuine = _fixture.Checkpoints[^1];
        foreach (var forged in new[]
        {
            AuditCheckpoint.Sign("test", genuine.Count, genuine.Head, genuine.Time, stranger),
            genuine with { Count = genuine.Count - 1 },
            genuine with { Chain = "other" },
            genuine with { Signature = "no base64!" },
        })
        {
            _fixture.Checkpoints[^1] = forged;
            Assert.Equal(AuditFaultKind.ForgedCheckpoint, _fixture.Verify()?.Kind);
        }

        _fixture.Checkpoints[^1] = AuditCheckpoint.FromJson(genuine.ToJson());
        Assert.Null(_fixture.Verify());
    }

    [Fact]
    public async Task A_trail_can_be_verified_while_it_grows()
    {
        await using var log = _fixture.Open();
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 300; i++)
            {
                await log.AppendAsync(Outcome($"g{i}") with { Note = new string('n', 2000) }, default);
            }
        });
        do
        {
            using var key = ECDsa.Create(_fixture.Signer.ExportParameters(includePrivateParameters: false));
            var verifier = new AuditVerifier([], key);
            foreach (var line in AuditFolder.Files(_fixture.Folder).SelectMany(AuditFolder.Lines))
            {
                verifier.Add(line.Span);
            }

            Assert.Null(verifier.Finish());
        }
        while (!writing.IsCompleted);
        await writing;
    }

    [Fact]
    public void Lines_of_any_length_are_read_as_they_are()
    {
        var file = Path.Combine(_fixture.Folder, "lines");
        var text = string.Join('\n', "", "a", new string('b', AuditLine.MaxBytes), "", new string('c', (2 * AuditLine.MaxBytes) + 5), "end");
        File.WriteAllText(file, text);
        Assert.Equal(text.LastIndexOf('\n') + 1, AuditFolder.Lines(file).Sum(line => line.Length) + 5);
        var lines = AuditFolder.LinesAndRest(file).Select(line => Encoding.UTF8.GetString(line.Span)).ToList();
        Assert.Equal(text, string.Join('\n', lines.Take(4).Append(string.Concat(lines.Skip(4).SkipLast(1))).Append(lines[^1])));
        Assert.All(lines, line => Assert.InRange(line.Length, 0, AuditLine.MaxBytes + 1));
    }

    private void Expect(AuditFaultKind kind, long sequence, IEnumerable<byte[]> lines)
    {
        var fault = _fixture.Verify(lines);
        Assert.Equal((kind, sequence), (fault?.Kind, fault?.Sequence ?? 0));
    }

    /// <summary>The trail with another user in records from one on, hashes computed anew until another.</summary>
    private List<byte[]> Rechain(int from, int until)
    {
        var forged = _lines.ToList();
        for (var i = from; i < until; i++)
        {
            Assert.True(AuditLine.TryRead(_lines[i], out var line));
            Assert.True(AuditLine.TryRead(forged[i - 1], out var before));
            using var buffer = new MemoryStream();
            AuditLine.Write(buffer, line.Sequence, before.Hash, line.Record with { User = "mallory" });
            forged[i] = buffer.ToArray()[..^1];
        }

        return forged;
    }
}
