using System.Runtime.InteropServices;

namespace Rempart.Linux.Tests;

[Trait("level", "real")]
public sealed partial class FileLockTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("rempart-lock-").FullName;

    private string File => Path.Combine(folder, "lock");

    [Fact]
    public void One_that_is_let_go_is_free_though_a_child_that_was_forked_this_moment_has_the_file_open()
    {
        var held = FileLock.TryAcquire(File);
        Assert.NotNull(held);
        // What a child has between its fork and its exec: the same open file.
        var childs = Duplicate(Directory.EnumerateFiles("/proc/self/fd").Single(fd => new FileInfo(fd).LinkTarget == File));
        try
        {
            Assert.Null(FileLock.TryAcquire(File));
            held.Dispose();
            using var again = FileLock.TryAcquire(File);
            Assert.NotNull(again);
            held.Dispose();
            Assert.Null(FileLock.TryAcquire(File));
        }
        finally
        {
            _ = Close(childs);
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static int Duplicate(string path)
    {
        var copy = Duplicate(int.Parse(Path.GetFileName(path), System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(copy >= 0);
        return copy;
    }

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
