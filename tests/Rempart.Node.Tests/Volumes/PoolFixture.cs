using System.Security.Cryptography;
using Rempart.Node.Machines;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Volumes;

/// <summary>A pool in a folder of its own, with the real qemu-img outside any jail.</summary>
internal sealed class PoolFixture : IDisposable
{
    private readonly bool mounted;

    /// <param name="tool">runs qemu-img; null for one outside any jail.</param>
    /// <param name="mebibytes">size of a file system of its own, in memory; null for the host's.</param>
    internal PoolFixture(IJailedTool? tool = null, int? mebibytes = null)
    {
        Root = Directory.CreateTempSubdirectory("rempart-pool-").FullName;
        mounted = mebibytes is not null;
        if (mounted) Mount("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m,mode=0700", "rempart-pool", Root);
        Tool = tool ?? new UnjailedTool();
        Pool = new PoolFolder(Root);
        Pool.Prepare();
        Images = new DirectoryImages(Pool, new ImageConverter(Tool, Pool, "/usr/bin/qemu-img", TimeProvider.System));
        Volumes = new DirectoryVolumes(Pool, Images);
    }

    internal string Root { get; }

    internal IJailedTool Tool { get; }

    internal PoolFolder Pool { get; }

    internal DirectoryImages Images { get; }

    internal DirectoryVolumes Volumes { get; }

    /// <summary>Everything in the pool but its empty folders.</summary>
    internal IEnumerable<string> Left => Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories);

    internal string Scratch(string name) => Path.Combine(Directory.CreateDirectory(Root + ".scratch").FullName, name);

    /// <summary>Makes a disk file with the real qemu-img: `create` arguments, `{0}` for the path.</summary>
    internal async Task<byte[]> DiskAsync(string name, params string[] create)
    {
        await Programs.OutputAsync("qemu-img", [.. create.Select(argument => argument.Replace("{0}", Scratch(name), StringComparison.Ordinal))]);
        return await File.ReadAllBytesAsync(Scratch(name));
    }

    internal Task<ImageRecord> IngestAsync(byte[] bytes, ImageType type = ImageType.Disk, DiskFormat format = DiskFormat.Qcow2, long most = 64 << 20, string? digest = null) =>
        Images.IngestAsync(new ImageRequest(digest ?? Digest(bytes), type, format, most), new MemoryStream(bytes), TestContext.Current.CancellationToken);

    internal static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static void Mount(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    public void Dispose()
    {
        Images.Dispose();
        Pool.Dispose();
        if (mounted) Mount("umount", Root);
        foreach (var folder in new[] { Root, Root + ".scratch" })
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }
}
