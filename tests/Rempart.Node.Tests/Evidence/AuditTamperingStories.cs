using System.Text;
using Rempart.Api.Audit;

namespace Rempart.Node.Tests.Evidence;

/// <summary>
/// Each way to lie with a trail, done to the files that a real server wrote: `rempart audit verify` says by its exit code that the
/// evidence is broken, and in words which record, where it shows and what to do.
/// </summary>
[Trait("level", "real")]
public sealed class AuditTamperingStories(EvidenceWorld world) : IClassFixture<EvidenceWorld>, IDisposable
{
    private const int Ok = 0;
    private const int Broken = 7;

    private readonly string _copy = world.CopyTrail();

    private string Second => AuditFolder.File(_copy, 2);

    [Fact]
    public async Task Honest()
    {
        Assert.InRange(AuditFolder.Files(_copy).Count, 3, 100);
        var (exit, said, complained) = await VerifyAsync();
        // The server goes on: it may have made a checkpoint of more between the copy and the look at the store.
        for (var again = 0; again < 3 && complained.Contains("its tail was cut", StringComparison.Ordinal); again++)
        {
            world.CopyTrailTo(_copy);
            (exit, said, complained) = await VerifyAsync();
        }
        Assert.Equal((Ok, ""), (exit, complained));
        Assert.Matches(@"^\d+ records, unbroken; the store vouches for \d+, the node vouches for \d+$", said);
        Assert.Equal(Records().Count, int.Parse(said.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Edited() => await ExpectAsync(
        lines => lines[4] = lines[4].Replace("\"user\":\"", "\"user\":\"x", StringComparison.Ordinal),
        first => $"record {first + 4} was edited: its bytes don't match its own hash; it shows at line 5 of `000002.log`");

    [Fact]
    public async Task Removed() => await ExpectAsync(
        lines => lines.RemoveAt(4),
        first => $"record {first + 4} was removed or moved: record {first + 5} is in its place; it shows at line 5 of `000002.log`");

    [Fact]
    public async Task Reordered() => await ExpectAsync(
        lines => (lines[4], lines[5]) = (lines[5], lines[4]),
        first => $"record {first + 4} was removed or moved: record {first + 5} is in its place; it shows at line 5 of `000002.log`");

    [Fact]
    public async Task Duplicated() => await ExpectAsync(
        lines => lines.Insert(5, lines[4]),
        first => $"record {first + 4} comes again in the place of record {first + 5}; it shows at line 6 of `000002.log`");

    [Fact]
    public async Task Replaced_file()
    {
        // Given a file of another server's trail, with the same numbers, whole in itself
        var head = AuditLine.Genesis;
        await ExpectAsync(
            lines =>
            {
                for (var i = 0; i < lines.Count; i++) (lines[i], head) = Forge(lines[i], head);
            },
            first => $"record {first - 1} or record {first} was replaced: the one does not follow the other; it shows at line 1 of `000002.log`");
    }

    [Fact]
    public async Task Removed_file()
    {
        var (first, after) = (Read(Lines(Second)[0]).Sequence, Read(Lines(AuditFolder.File(_copy, 3))[0]).Sequence);
        File.Delete(Second);
        var (exit, _, complained) = await VerifyAsync();
        Assert.Equal(Broken, exit);
        AssertBroken(complained, $"record {first} was removed or moved: record {after} is in its place; it shows at line 1 of `000003.log`");
        Assert.Contains("\nnot there: `000002.log`; if it was archived, bring it back and verify again\n", complained, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Removed_first_file()
    {
        File.Delete(AuditFolder.File(_copy, 1));
        var (exit, _, complained) = await VerifyAsync();
        Assert.Equal(Broken, exit);
        Assert.Contains("record 1 was removed or moved: ", complained, StringComparison.Ordinal);
        Assert.Contains("\nnot there: `000001.log`;", complained, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cut_tail()
    {
        // When the trail ends with its second file, as if the later ones had never been
        foreach (var later in AuditFolder.Files(_copy).Skip(2)) File.Delete(later);
        var lines = Lines(Second);
        var (exit, _, complained) = await VerifyAsync();
        Assert.Equal(Broken, exit);
        var last = Read(lines[^1]).Sequence;
        Assert.Matches($@"^BROKEN \(by what the store keeps\): the trail ends with record {last}, but a checkpoint of \S+ \S+ counted \d+: its tail was cut; its end is line {lines.Count} of `000002.log`\n", complained);
        Assert.Matches($@"\nBROKEN \(by what the node keeps\): the trail ends with record {last}, but a checkpoint of ", complained);
    }

    [Fact]
    public async Task Half_a_record_at_the_end_is_being_written_and_no_lie()
    {
        await File.AppendAllTextAsync(AuditFolder.Files(_copy)[^1], "{\"seq\":", TestContext.Current.CancellationToken);
        Assert.Equal(Ok, (await VerifyAsync()).Exit);
    }

    public void Dispose() => Directory.Delete(_copy, recursive: true);

    /// <summary>The record with another user, behind another one: whole in itself.</summary>
    private static (string Line, string Head) Forge(string line, string previous)
    {
        var read = Read(line);
        using var buffer = new MemoryStream();
        var head = AuditLine.Write(buffer, read.Sequence, previous, read.Record with { User = "mallory" });
        return (Encoding.UTF8.GetString(buffer.ToArray().AsSpan()[..^1]), head);
    }

    private static AuditLine Read(string line) => AuditLine.TryRead(Encoding.UTF8.GetBytes(line), out var read) ? read : throw new InvalidDataException("no record");

    // Both keepers name it.
    private static void AssertBroken(string complained, string what)
    {
        Assert.StartsWith($"BROKEN (by what the store keeps): {what}\nBROKEN (by what the node keeps): {what}\n", complained, StringComparison.Ordinal);
        Assert.Contains("as they are now: they are the evidence. Records before the first that is named are good;", complained, StringComparison.Ordinal);
    }

    /// <summary>Changes the lines of the second file.</summary>
    private async Task ExpectAsync(Action<List<string>> tamper, Func<long, string> what)
    {
        var lines = Lines(Second);
        var first = Read(lines[0]).Sequence;
        tamper(lines);
        await File.WriteAllTextAsync(Second, string.Join('\n', lines) + "\n", TestContext.Current.CancellationToken);
        var (exit, said, complained) = await VerifyAsync();
        Assert.Equal((Broken, ""), (exit, said));
        AssertBroken(complained, what(first));

        // And without a server, by what the node keeps alone
        (exit, _, complained) = await world.VerifyAsync("--folder", _copy, "--anchor", world.Anchor, "--offline");
        Assert.Equal(Broken, exit);
        Assert.StartsWith($"BROKEN (by what the node keeps): {what(first)}\nkeep copies of `{_copy}`", complained, StringComparison.Ordinal);
    }

    private static List<string> Lines(string file) => [.. File.ReadAllLines(file)];

    private List<string> Records() => [.. AuditFolder.Files(_copy).SelectMany(Lines)];

    private Task<(int Exit, string Out, string Error)> VerifyAsync() => world.VerifyAsync("--folder", _copy, "--anchor", world.Anchor);
}
