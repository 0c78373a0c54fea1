using System.Diagnostics;
using Rempart.Node.Machines;

namespace Rempart.Node.Tests.Migration;

/// <summary>A disk on one host: an image that every host has, and what was written on top of it here.</summary>
internal sealed class PageDisk
{
    private const string Size = "8M";

    private PageDisk(string folder, string top = "top") => (Base, Top) = (Path.Combine(folder, "base.img"), Path.Combine(folder, $"{top}.qcow2"));

    public string Base { get; }

    public string Top { get; }

    /// <summary>As a volume driver makes it: empty but for the image.</summary>
    internal static async Task<PageDisk> MakeAsync(string folder, CancellationToken cancellationToken, string top = "top")
    {
        var disk = new PageDisk(folder, top);
        if (!File.Exists(disk.Base))
        {
            await using var image = File.Create(disk.Base);
            for (var at = 0; at < 8; at++)
            {
                var piece = new byte[1 << 20];
                Array.Fill(piece, (byte)(at + 1));
                await image.WriteAsync(piece, cancellationToken);
            }
        }
        using var made = Process.Start(new ProcessStartInfo("qemu-img", ["create", "-q", "-f", "qcow2", "-u", "-b", "/nowhere", "-F", "raw", disk.Top, Size]) { UseShellExecute = false })!;
        await made.WaitForExitAsync(cancellationToken);
        Assert.Equal(0, made.ExitCode);
        return disk;
    }

    internal IReadOnlyList<DiskLayer> Open() =>
    [
        new DiskLayer(File.OpenHandle(Top, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete), DiskFormat.Qcow2, ReadOnly: false),
        new DiskLayer(File.OpenHandle(Base, share: FileShare.ReadWrite), DiskFormat.Raw, ReadOnly: true),
    ];
}
