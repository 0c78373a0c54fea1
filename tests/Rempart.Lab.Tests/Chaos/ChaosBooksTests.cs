using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>Each way of looking for second copies and for what is left behind sees one when there is one, and none in what a move may do.</summary>
public sealed class ChaosBooksTests
{
    private static readonly WatchedMachine Machine = new("web", "6a3d0000-0000-4000-8000-000000000001", "6a3d0000-0000-4000-8000-000000000002", "6a3d0000-0000-4000-8000-000000000003");
    private static readonly WatchedMachine Other = new("db", "7b3d0000-0000-4000-8000-000000000001", "7b3d0000-0000-4000-8000-000000000002", "7b3d0000-0000-4000-8000-000000000003");

    [Fact]
    public void Rounds_that_two_hosts_show_are_two_copies()
    {
        var book = new RoundBook();
        foreach (var round in Enumerable.Range(1, 5)) Assert.Null(book.Read("host1", $"T {round} 0 0\r"));
        Assert.Null(book.Read("host2", "0 0"));
        Assert.Null(book.Read("host2", "T 6 0 0"));
        Assert.Null(book.Read("host1", "T 7 0 0"));
        Assert.Contains("host1 and by host2", book.Read("host2", "T 7 0 0"), StringComparison.Ordinal);
        Assert.Contains("1 bad pages", book.Read("host1", "T 8 1 0"), StringComparison.Ordinal);
        Assert.NotNull(book.Read("host1", "D 3 90 0"));
        // Begun anew
        Assert.Null(book.Read("host1", "T 1 0 0"));
        Assert.Null(book.Read("host1", "T 2 0 0"));
        Assert.Equal((2, 2), (book.Lives, book.Last));
    }

    [Fact]
    public void A_source_whose_processors_run_behind_its_targets_is_a_second_copy()
    {
        var (source, target, back) = (new GuestProcess("host1", 10, 100), new GuestProcess("host2", 20, 200), new GuestProcess("host1", 30, 300));
        var book = new ProcessorBook();
        Assert.Null(book.Read(source, Milliseconds(500)));
        Assert.Equal(source, book.Running);
        // A target that waits for its guest, and one that has it: the source ran until then, however long nobody looked.
        Assert.Null(book.Read(target, Milliseconds(1)));
        Assert.Null(book.Read(source, Milliseconds(900)));
        Assert.Null(book.Read(target, Milliseconds(40)));
        Assert.Null(book.Read(source, Milliseconds(4000)));
        Assert.Equal(target, book.Running);
        Assert.Null(book.Read(source, Milliseconds(4001)));
        Assert.Contains("process 10 on host1 has run for 30 ms", book.Read(source, Milliseconds(4030)), StringComparison.Ordinal);
        // It moves back, which is another process.
        Assert.Null(book.Read(back, Milliseconds(50)));
        Assert.Null(book.Read(target, Milliseconds(80)));
        Assert.Null(book.Read(back, Milliseconds(5000)));
        Assert.NotNull(book.Read(target, Milliseconds(200)));
    }

    [Fact]
    public void A_round_that_was_written_at_two_times_was_written_by_two_copies()
    {
        var book = new DiaryBook();
        Assert.Null(book.Read("host1", new DiaryEntry(7, 4, 1000)));
        Assert.Null(book.Read("host1", new DiaryEntry(7, 4, 1000)));
        // A move brings what the source wrote; another life begins to count anew.
        Assert.Null(book.Read("host2", new DiaryEntry(7, 4, 1000)));
        Assert.Null(book.Read("host2", new DiaryEntry(7, 8, 2000)));
        Assert.Null(book.Read("host2", new DiaryEntry(9, 4, 3000)));
        Assert.Equal(3, book.Count);
        Assert.Contains("round 8 is on the disks of host2 and of host1", book.Read("host1", new DiaryEntry(7, 8, 2001)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_diarys_block_that_is_being_written_is_no_entry()
    {
        var block = new byte[DiaryEntry.Size];
        ulong[] words = [0x3159524149444350, 7, 4, 1000, 0x3159524149444350 ^ 7 ^ 4 ^ 1000];
        for (var i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(block.AsSpan(i * 8), words[i]);

        Assert.Equal(new DiaryEntry(7, 4, 1000), DiaryEntry.Read(block));
        block[17]++;
        Assert.Null(DiaryEntry.Read(block));
        Assert.Null(DiaryEntry.Read(new byte[DiaryEntry.Size]));
    }

    [Theory]
    [InlineData("file workloads/6a3d0000-0000-4000-8000-000000000001")]
    [InlineData("file pool/volumes/6a3d0000-0000-4000-8000-000000000002")]
    [InlineData("file moves/6a3d0000-0000-4000-8000-000000000001.json")]
    [InlineData("cgroup /sys/fs/cgroup/freezer/rempart-l0h1/6a3d0000-0000-4000-8000-000000000001")]
    [InlineData("tap TAP")]
    [InlineData("switch port t0,{iface-id=6a3d0000-0000-4000-8000-000000000003}")]
    [InlineData("listens 10.91.2.1:49152")]
    [InlineData("open file /var/lib/rempart/l0h1/node/pool/images/51349501/data")]
    [InlineData("tap nm1f4d675b0468")]
    [InlineData("process /usr/bin/qemu-system-x86_64 -uuid 6a3d0000-0000-4000-8000-000000000001")]
    public void What_a_machine_has_belongs_to_it_where_it_may_be_and_to_nobody_elsewhere(string text)
    {
        var line = text.Replace("TAP", "t" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Machine.Interface)))[..14], StringComparison.Ordinal);
        string[] now = ["link lo", line];

        Assert.Empty(Belongings.Foreign(["link lo"], now, [Machine], [Machine, Other]));
        Assert.Equal([line], Belongings.Foreign(["link lo"], now, [], [Machine, Other]));
        // What machines share, and whose a socket is that listens, is not said.
        if (line.Contains("6a3d", StringComparison.Ordinal) || text == "tap TAP") Assert.Equal([line], Belongings.Foreign(["link lo"], now, [Other], [Machine, Other]));
    }

    [Fact]
    public void Ports_of_OVN_belong_to_their_machine_wherever_it_is()
    {
        string[] now = [$"logical port {Machine.Interface}"];
        Assert.Empty(Belongings.Foreign([], now, [], [Machine]));
        Assert.Equal(now, Belongings.Foreign([], now, [], []));
    }

    [Fact]
    public void What_belongs_to_nobody_for_minutes_was_left_behind()
    {
        var (book, began) = (new RemainsBook(), DateTimeOffset.UnixEpoch);
        Assert.Empty(book.Look("host1", ["tap t1", "file x"], began));
        Assert.Empty(book.Look("host1", ["tap t1"], began + RemainsBook.Patience));
        Assert.Contains("host1 has had for 241 s what belongs to no machine there: tap t1", Assert.Single(book.Look("host1", ["tap t1", "file x"], began + RemainsBook.Patience + TimeSpan.FromSeconds(1))), StringComparison.Ordinal);
        // Trouble of its own.
        book.Forget("host1");
        Assert.Empty(book.Look("host1", ["tap t1", "file x"], began + RemainsBook.Patience + TimeSpan.FromSeconds(2)));
    }

    private static TimeSpan Milliseconds(int count) => TimeSpan.FromMilliseconds(count);
}
