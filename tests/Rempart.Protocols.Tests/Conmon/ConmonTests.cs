using System.Net.Sockets;
using System.Text;
using Rempart.Protocols.Conmon;

namespace Rempart.Protocols.Tests.Conmon;

public sealed class ConmonTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("rempart-conmon-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Parts_are_joined_streams_are_kept_apart_and_other_lines_are_skipped()
    {
        const string log = "2026-11-21T23:31:39.735656604+00:00 stdout P he\n2026-11-21T23:31:39.7+00:00 stderr F warning\n2026-11-21T23:31:39.7+00:00 stdout F llo\nnonsense\n2026 stdout X no\n2026-11-21T23:31:39.7+00:00 stdout F \n2026-11-21T23:31:39.7+00:00 stdout P end";
        Assert.Equal("hello\n\nend", Encoding.ASCII.GetString(ConmonLog.Decode(Encoding.ASCII.GetBytes(log), ConmonStream.Stdout)));
        Assert.Equal("warning\n", Encoding.ASCII.GetString(ConmonLog.Decode(Encoding.ASCII.GetBytes(log), ConmonStream.Stderr)));
    }

    [Fact]
    public void The_tail_is_the_last_bytes_and_a_missing_log_is_empty()
    {
        var path = Path.Combine(folder, "log");
        Assert.Empty(ConmonLog.Tail(path, ConmonStream.Stdout, 10));
        File.WriteAllLines(path, Enumerable.Range(0, 1000).Select(number => $"2026-11-21T23:31:39.7+00:00 stdout F line {number}"));
        Assert.Equal("\nline 999\n", Encoding.ASCII.GetString(ConmonLog.Tail(path, ConmonStream.Stdout, 10)));
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("137", 137)]
    [InlineData("-1", -1)]
    public void An_exit_file_says_the_code(string content, int code)
    {
        var path = Path.Combine(folder, "exit");
        File.WriteAllText(path, content);
        Assert.Equal((code, false), (ConmonExit.TryRead(path, folder + "/oom")!.Code, ConmonExit.TryRead(path, folder + "/oom")!.OutOfMemory));
        File.WriteAllText(folder + "/oom", "");
        Assert.True(ConmonExit.TryRead(path, folder + "/oom")!.OutOfMemory);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("12345678901234567890")]
    public void An_exit_file_that_is_not_complete_says_nothing_yet(string content)
    {
        var path = Path.Combine(folder, "exit");
        Assert.Null(ConmonExit.TryRead(path, folder + "/oom"));
        File.WriteAllText(path, content);
        Assert.Null(ConmonExit.TryRead(path, folder + "/oom"));
    }

    [Fact]
    public async Task Attached_output_comes_with_its_stream_and_input_goes_in_pieces()
    {
        var path = Path.Combine(folder, "attach");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        await using var attach = await ConmonAttach.ConnectAsync(path, Cancellation);
        using var conmon = await listener.AcceptAsync(Cancellation);

        await conmon.SendAsync(new byte[] { 9, 1, 2 }, SocketFlags.None, Cancellation);
        await conmon.SendAsync(new byte[] { 2, (byte)'o' }, SocketFlags.None, Cancellation);
        await conmon.SendAsync(new byte[] { 3, (byte)'e' }, SocketFlags.None, Cancellation);
        var first = (await attach.ReadAsync(Cancellation))!.Value;
        Assert.Equal((ConmonStream.Stdout, "o"), (first.Stream, Encoding.ASCII.GetString(first.Data.Span)));
        var second = (await attach.ReadAsync(Cancellation))!.Value;
        Assert.Equal((ConmonStream.Stderr, "e"), (second.Stream, Encoding.ASCII.GetString(second.Data.Span)));

        await attach.WriteAsync(new byte[10_000], Cancellation);
        var buffer = new byte[64 * 1024];
        Assert.Equal(8192, await conmon.ReceiveAsync(buffer, SocketFlags.None, Cancellation));
        Assert.Equal(10_000 - 8192, await conmon.ReceiveAsync(buffer, SocketFlags.None, Cancellation));
        conmon.Dispose();
        Assert.Null(await attach.ReadAsync(Cancellation));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
