using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Rempart.Linux.Tests;

[Trait("level", "real")]
public sealed class MoveKernelTests
{
    [Fact]
    public void A_folder_in_memory_shows_what_is_in_it_and_no_way_out()
    {
        using var folder = MemoryFolder.New(64 * 1024);
        folder.Add("key.pem", "secret"u8, owner: 12_345);
        var root = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{(int)folder.Handle.DangerousGetHandle()}");
        Assert.Equal(["key.pem"], Directory.EnumerateFileSystemEntries(root).Select(path => Path.GetFileName(path)));
        // By another program: the framework would resolve `..` by itself.
        using var listing = Process.Start(new ProcessStartInfo("ls", ["-A", string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{(int)folder.Handle.DangerousGetHandle()}/../..")]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        Assert.Equal("key.pem\n", listing.StandardOutput.ReadToEnd());
        listing.WaitForExit();
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(root + "/key.pem"));
        Assert.DoesNotContain("secret", File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.ThrowsAny<IOException>(() => folder.Add("big", new byte[128 * 1024], owner: 0));
    }

    [Theory]
    [InlineData("127.0.0.1", 700, true)]
    [InlineData("127.0.0.1", 0, false)]
    [InlineData("127.0.0.2", 701, false)]
    [InlineData("::1", 702, true)]
    [InlineData("::1", 0, false)]
    public async Task A_listener_hears_root_of_one_address_alone(string from, int port, bool heard)
    {
        var address = IPAddress.Parse(from);
        var local = address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        using var listener = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(local, 0));
        SocketFilter.AllowOnly(listener, local);
        listener.Listen(1);
        using var socket = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, port));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1.5));
        var reached = true;
        try
        {
            await socket.ConnectAsync(listener.LocalEndPoint!, limit.Token);
        }
        catch (OperationCanceledException)
        {
            reached = false;
        }
        Assert.Equal(heard, reached);
    }
}
