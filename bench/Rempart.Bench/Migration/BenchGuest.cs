using System.Diagnostics;
using Rempart.Node.Machines;

namespace Rempart.Bench.Migration;

/// <summary>The guest that checks its own memory and disk (images/pagecheck) and says so about 200 times a second.</summary>
internal sealed class BenchGuest
{
    internal const long DiskBytes = 64 * MiB;
    internal const long MemoryBytes = 192 * MiB;
    private const long MiB = 1 << 20;
    internal const string CommandLine = "console=ttyS0 quiet pc_memory=96 pc_pages=64 pc_pause=3000";

    private BenchGuest(MicroImage image) => Image = image;

    internal MicroImage Image { get; }

    internal static async Task<BenchGuest> BuildAsync(BenchSettings settings, CancellationToken cancellationToken)
    {
        settings.Progress("build the page-checking guest");
        var folder = Path.Combine(settings.Checkout, "artifacts", "pagecheck");
        await RunAsync(Path.Combine(settings.Checkout, "images", "pagecheck", "build.sh"), [folder], cancellationToken);
        return new BenchGuest(MicroImage.In(folder));
    }

    /// <summary>With a disk of its own above an image, made anew in a folder.</summary>
    internal async Task<MachineLaunch> LaunchAsync(string uid, string folder, MachineShape? arriving, CancellationToken cancellationToken)
    {
        var (image, top) = (Path.Combine(folder, "base.img"), Path.Combine(folder, "top.qcow2"));
        if (!File.Exists(image))
        {
            await using var file = File.Create(image);
            file.SetLength(DiskBytes);
        }
        await CreateDiskAsync(top, "/nowhere", cancellationToken);
        return new MachineLaunch
        {
            Uid = uid,
            Name = "bench/pagecheck",
            MemoryBytes = MemoryBytes,
            Vcpus = 1,
            Boot = Image.Open(CommandLine),
            Arriving = arriving,
            Disks =
            [
                new MachineDisk("disk0", "root",
                [
                    new DiskLayer(File.OpenHandle(top, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete), DiskFormat.Qcow2, ReadOnly: false),
                    new DiskLayer(File.OpenHandle(image, share: FileShare.ReadWrite), DiskFormat.Raw, ReadOnly: true),
                ]),
            ],
        };
    }

    /// <summary>An empty disk above an image.</summary>
    internal static Task CreateDiskAsync(string path, string image, CancellationToken cancellationToken)
    {
        File.Delete(path);
        return RunAsync("qemu-img", ["create", "-q", "-f", "qcow2", "-u", "-b", image, "-F", "raw", path, DiskBytes.ToString(System.Globalization.CultureInfo.InvariantCulture)], cancellationToken);
    }

    private static async Task RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false }) ?? throw new BenchException($"`{program}` did not start");
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0) throw new BenchException($"`{program}` ended with code {process.ExitCode}");
    }
}
