using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Rempart.Linux.Tests;

[Trait("level", "real")]
public sealed class DescriptorTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("rempart-linux-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_descriptor_arrives_with_its_bytes_and_opens_the_same_file()
    {
        var (left, right) = await PairAsync();
        using var first = left;
        using var second = right;
        var path = Path.Combine(folder, "secret");
        await File.WriteAllTextAsync(path, "content", Cancellation);
        using (var file = File.OpenHandle(path)) await DescriptorSocket.SendAsync(left, "take this"u8.ToArray(), [file, file], TimeProvider.System, Cancellation);
        File.Delete(path);

        var received = new List<SafeFileHandle>();
        var buffer = new byte[100];
        var count = await DescriptorSocket.ReceiveAsync(right, buffer, received, Cancellation);

        Assert.Equal("take this", Encoding.ASCII.GetString(buffer, 0, count));
        Assert.Equal(2, received.Count);
        await RandomAccess.ReadAsync(received[1], buffer, 0, Cancellation);
        Assert.StartsWith("content", Encoding.ASCII.GetString(buffer), StringComparison.Ordinal);
        foreach (var handle in received) handle.Dispose();
        left.Dispose();
        Assert.Equal(0, await DescriptorSocket.ReceiveAsync(right, buffer, received, Cancellation));
    }

    [Fact]
    public async Task More_bytes_than_the_socket_holds_arrive_whole()
    {
        var (left, right) = await PairAsync();
        using var first = left;
        using var second = right;
        using var file = File.OpenHandle("/dev/null");
        var data = Enumerable.Range(0, 3_000_000).Select(number => (byte)number).ToArray();
        var sending = DescriptorSocket.SendAsync(left, data, [file], TimeProvider.System, Cancellation);
        var received = new List<SafeFileHandle>();
        var all = new MemoryStream();
        var buffer = new byte[100_000];
        while (all.Length < data.Length) await all.WriteAsync(buffer.AsMemory(0, await DescriptorSocket.ReceiveAsync(right, buffer, received, Cancellation)), Cancellation);
        await sending;
        Assert.Equal(data, all.ToArray());
        Assert.Single(received);
        received[0].Dispose();
    }

    [Fact]
    public async Task Too_many_descriptors_are_refused_before_anything_is_sent()
    {
        var (left, right) = await PairAsync();
        using var first = left;
        using var second = right;
        using var file = File.OpenHandle("/dev/null");
        var many = Enumerable.Repeat<SafeHandle>(file, DescriptorSocket.MaxDescriptors + 1).ToList();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => DescriptorSocket.SendAsync(left, new byte[1], many, TimeProvider.System, Cancellation));
        Assert.Equal(0, right.Available);
    }

    [Fact]
    public async Task A_spawned_program_has_exactly_the_descriptors_it_was_given()
    {
        var path = Path.Combine(folder, "seen");
        using var output = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        using var other = File.OpenHandle("/dev/zero");
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["ONLY"] = "this" };
        var child = DescriptorSpawn.Start("/bin/sh", ["-c", "{ for d in /proc/self/fd/*; do echo ${d##*/}; done; echo $ONLY $HOME; } >&3; exit 7"], environment, [output, other]);

        Assert.Equal(7, await child.WaitAsync(TimeProvider.System, Cancellation));
        var lines = await File.ReadAllLinesAsync(path, Cancellation);
        // 0, 1, 2 and the two given; the shell itself opens one to list them and keeps some from 10 on.
        var numbers = lines[..^1].Select(line => int.Parse(line, CultureInfo.InvariantCulture)).Where(number => number < 10).Order().ToList();
        Assert.Equal([0, 1, 2, 3, 4, 5], numbers);
        Assert.Equal("this", lines[^1]);
    }

    [Fact]
    public async Task A_signal_that_ends_a_child_is_128_and_its_number_and_a_missing_program_is_named()
    {
        var child = DescriptorSpawn.Start("/bin/sh", ["-c", "kill -9 $$"], new Dictionary<string, string>(StringComparer.Ordinal), []);
        Assert.Equal(137, await child.WaitAsync(TimeProvider.System, Cancellation));
        var failure = Assert.Throws<LinuxException>(() => DescriptorSpawn.Start("/nowhere/program", [], new Dictionary<string, string>(StringComparer.Ordinal), []));
        Assert.Equal("cannot start `/nowhere/program`: No such file or directory (errno 2)", failure.Message);
    }

    [Fact]
    public async Task A_listening_socket_stays_where_it_is_when_its_handle_is_closed()
    {
        using var place = FolderHandle.Open(folder);
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var path = Path.Combine(folder, "s.sock");
        using (var listening = ListeningSocket.Create(place, "s.sock", backlog: 1))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            await client.ConnectAsync(new UnixDomainSocketEndPoint(path), Cancellation);
            Assert.Contains("in use", Assert.Throws<LinuxException>(() => ListeningSocket.Create(place, "s.sock", backlog: 1)).Message, StringComparison.Ordinal);
        }
        Assert.True(File.Exists(path));
    }

    [Fact]
    public void A_sealed_memory_file_can_be_read_and_never_written()
    {
        using var file = MemoryFile.Sealed("test", "words"u8);
        var buffer = new byte[5];
        Assert.Equal(5, RandomAccess.Read(file, buffer, 0));
        Assert.Equal("words"u8.ToArray(), buffer);
        Assert.ThrowsAny<Exception>(() => RandomAccess.Write(file, "x"u8, 0));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task<(Socket Left, Socket Right)> PairAsync()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "socket")));
        listener.Listen(1);
        var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await left.ConnectAsync(listener.LocalEndPoint!, Cancellation);
        return (left, await listener.AcceptAsync(Cancellation));
    }
}
