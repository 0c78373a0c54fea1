using System.Diagnostics;

namespace Rempart.Linux.Tests;

[Trait("level", "real")]
public sealed class KernelTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("rempart-linux-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tap_is_made_in_the_namespace_named_and_goes_with_its_descriptor()
    {
        var name = $"rt{Environment.ProcessId}";
        await IpAsync("netns", "add", name);
        try
        {
            using (var space = NetworkNamespace.Open($"/run/netns/{name}"))
            {
                using (var tap = TapDevice.Open("t0", vnetHeader: false, persistent: false, space))
                {
                    Assert.False(tap.IsInvalid);
                    Assert.Contains("t0", await IpAsync("-n", name, "-br", "link"), StringComparison.Ordinal);
                    Assert.DoesNotContain(" t0 ", await IpAsync("-br", "link"), StringComparison.Ordinal);
                    var busy = Assert.Throws<LinuxException>(() => TapDevice.Open("t0", vnetHeader: false, persistent: false, space));
                    Assert.Equal(Errno.EBUSY, busy.Errno);
                }
                Assert.DoesNotContain("t0", await IpAsync("-n", name, "-br", "link"), StringComparison.Ordinal);
                Assert.NotEqual(NetworkNamespace.Run(space, () => new FileInfo("/proc/thread-self/ns/net").LinkTarget), new FileInfo("/proc/thread-self/ns/net").LinkTarget);
                var thrown = Assert.Throws<InvalidOperationException>(() => NetworkNamespace.Run<int>(space, () => throw new InvalidOperationException("inside")));
                Assert.Equal("inside", thrown.Message);
            }
        }
        finally
        {
            await IpAsync("netns", "del", name);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("sixteencharacter")]
    [InlineData("a/b")]
    [InlineData("tap%d")]
    public void A_tap_name_the_kernel_would_bend_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => TapDevice.Open(name, vnetHeader: false, persistent: false, networkNamespace: null));

    [Fact]
    public void A_lock_is_held_by_one_and_free_after_it()
    {
        var path = Path.Combine(folder, "lock");
        using (var held = FileLock.TryAcquire(path))
        {
            Assert.NotNull(held);
            Assert.Null(FileLock.TryAcquire(path));
        }
        using var again = FileLock.TryAcquire(path);
        Assert.NotNull(again);
    }

    [Fact]
    public void A_durable_file_replaces_the_old_one_with_its_mode_and_leaves_nothing_else()
    {
        var path = Path.Combine(folder, "record");
        DurableFile.Write(path, "one"u8, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        DurableFile.Write(path, "two"u8, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal("two", File.ReadAllText(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(folder));
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => DurableFile.Rename(path + "x", path)).Errno);
    }

    [Fact]
    public async Task A_process_is_known_by_its_start_and_signaled_through_its_handle()
    {
        using var sleeper = Process.Start("/bin/sleep", "1000");
        using var handle = ProcessHandle.TryOpen(sleeper.Id);
        Assert.NotNull(handle);
        Assert.NotNull(ProcessHandle.StartTicks(sleeper.Id));
        Assert.False(handle.HasExited);
        Assert.True(handle.Signal(ProcessHandle.SIGKILL));
        await handle.WaitAsync(TimeProvider.System, Cancellation);
        await sleeper.WaitForExitAsync(Cancellation);
        Assert.True(handle.HasExited);
        Assert.False(handle.Signal(ProcessHandle.SIGTERM));
        Assert.Null(ProcessHandle.StartTicks(sleeper.Id));
        Assert.Null(ProcessHandle.TryOpen(sleeper.Id));
    }

    [Fact]
    public void Owners_devices_and_mounts_are_what_was_asked_for()
    {
        var file = Path.Combine(folder, "file");
        File.WriteAllText(file, "");
        Ownership.Set(file, 300_001, 300_002);
        using (var handle = File.OpenHandle(file)) Ownership.Set(handle, 300_003, 300_004);

        var device = Path.Combine(folder, "null");
        DeviceNode.CreateCharacter(device, 1, 3, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Empty(File.ReadAllBytes(device));
        Assert.Equal(Errno.EEXIST, Assert.Throws<LinuxException>(() => DeviceNode.CreateCharacter(device, 1, 3, UnixFileMode.UserRead)).Errno);

        var mount = Path.Combine(folder, "mount");
        Directory.CreateDirectory(mount);
        Mounts.Tmpfs(mount, 1 << 20);
        Assert.Equal(1 << 20, FileSystemSpace.Of(mount).Total);
        Assert.True(Mounts.Unmount(mount));
        Assert.False(Mounts.Unmount(mount));
        Assert.NotEqual(1 << 20, FileSystemSpace.Of(mount).Total);
    }

    [Fact]
    public void A_boot_has_one_id()
    {
        Assert.True(Guid.TryParse(BootId.Read(), out _));
        Assert.Equal(BootId.Read(), BootId.Read());
    }

    [Fact]
    public async Task A_folder_handle_gives_a_short_path_to_what_lies_deep()
    {
        var deep = folder;
        for (var level = 0; level < 10; level++) deep = Path.Combine(deep, new string('d', 30));
        Directory.CreateDirectory(deep);
        using var handle = FolderHandle.Open(deep);
        await File.WriteAllTextAsync(handle.PathOf("file"), "here", Cancellation);
        Assert.Equal("here", await File.ReadAllTextAsync(Path.Combine(deep, "file"), Cancellation));
        Assert.True(handle.PathOf("qmp.sock").Length < 100);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static async Task<string> IpAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ip", arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
