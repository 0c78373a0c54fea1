using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Rempart.Node.Workloads;
using Rempart.Protocols.Conmon;

namespace Rempart.Node.Tests.Workloads;

public sealed partial class ConsoleStreamTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("rempart-console-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_slow_viewer_misses_is_dropped_counted_and_never_waited_for()
    {
        var (console, conmon) = await ConnectAsync();
        await using var viewer = console;
        using var peer = conmon;
        const int packets = 3000;
        // These sends would stand still at the socket's own bound if nobody took the packets.
        for (var number = 0; number < packets; number++)
            await conmon.SendAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\u0002{number:D9}\n")), SocketFlags.None, Cancellation);
        conmon.Dispose();

        var text = await ReadToEndAsync(console);

        var skipped = SkippedPattern().Matches(text).Sum(match => int.Parse(match.Groups["bytes"].ValueSpan, CultureInfo.InvariantCulture));
        Assert.True(skipped > 0, "nothing was skipped");
        Assert.Equal(packets * 10, skipped + SkippedPattern().Replace(text, "").Length);
        Assert.EndsWith("000002999\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_viewer_sees_output_types_input_and_never_sees_the_other_stream()
    {
        var (console, conmon) = await ConnectAsync();
        await using var viewer = console;
        using var peer = conmon;
        await conmon.SendAsync("\u0003qemu: a warning"u8.ToArray(), SocketFlags.None, Cancellation);
        await conmon.SendAsync("\u0002login: "u8.ToArray(), SocketFlags.None, Cancellation);
        var small = new byte[3];
        Assert.Equal(3, await console.ReadAsync(small, Cancellation));
        Assert.Equal("log", Encoding.ASCII.GetString(small));
        await console.WriteAsync("me\n"u8.ToArray(), Cancellation);
        var typed = new byte[100];
        Assert.Equal("me\n", Encoding.ASCII.GetString(typed, 0, await conmon.ReceiveAsync(typed, SocketFlags.None, Cancellation)));
        conmon.Dispose();
        Assert.Equal("in: ", await ReadToEndAsync(console));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task<(ConsoleStream Console, Socket Conmon)> ConnectAsync()
    {
        var path = Path.Combine(folder, "attach");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        var attach = await ConmonAttach.ConnectAsync(path, Cancellation);
        return (new ConsoleStream(attach), await listener.AcceptAsync(Cancellation));
    }

    private static async Task<string> ReadToEndAsync(ConsoleStream console)
    {
        var text = new StringBuilder();
        var buffer = new byte[1000];
        for (int count; (count = await console.ReadAsync(buffer, Cancellation)) > 0;) text.Append(Encoding.ASCII.GetString(buffer, 0, count));
        return text.ToString();
    }

    [GeneratedRegex(@"\r\n\[(?<bytes>\d+) bytes were skipped\]\r\n", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SkippedPattern();
}
