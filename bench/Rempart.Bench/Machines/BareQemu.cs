using System.Diagnostics;
using System.Globalization;
using Rempart.Bench.Instance;

namespace Rempart.Bench.Machines;

/// <summary>
/// The command line of a machine that runs, without its jail, its monitor and its descriptors: kernel, board and accelerator as they are, and the devices
/// that the agent adds over the monitor as arguments. Its disk is an empty overlay of the same image; its tap is QEMU's own and leads nowhere.
/// </summary>
internal sealed class BareQemu : IDisposable
{
    private const string Descriptors = "/proc/self/fd/";
    private static readonly string[] _offloads = ["csum", "guest_csum", "gso", "guest_tso4", "guest_tso6", "guest_ufo", "guest_ecn", "host_tso4", "host_tso6", "host_ufo", "host_ecn"];
    private readonly List<string> _command;
    private readonly string _image;
    private readonly string _folder;

    private BareQemu(List<string> command, string image, string folder) => (_command, _image, _folder) = (command, image, folder);

    internal static BareQemu CommandOf(RunningInstance instance, int pid)
    {
        var given = File.ReadAllText($"/proc/{pid}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        List<string> command = [];
        for (var i = 0; i < given.Length; i++)
        {
            if (given[i] == "-S") continue;
            if ((given[i] is "-mon") || (given[i] is "-chardev" && given[i + 1].Contains("id=qmp", StringComparison.Ordinal)))
            {
                i++;
                continue;
            }
            command.Add(given[i].StartsWith(Descriptors, StringComparison.Ordinal) ? Target($"/proc/{pid}/fd/{given[i][Descriptors.Length..]}") : given[i]);
        }
        var files = new DirectoryInfo($"/proc/{pid}/fd").EnumerateFiles().Select(file => file.LinkTarget ?? "").ToList();
        string Below(string folder) => files.FirstOrDefault(file => file.StartsWith(Path.Combine(instance.Folder, "node", "pool", folder), StringComparison.Ordinal) && !command.Contains(file, StringComparer.Ordinal))
            ?? throw new BenchException($"the machine's QEMU holds no file of `{folder}`");
        var seed = Below("seeds");
        command.AddRange(
        [
            "-device", "virtio-blk-pci,id=disk-disk0,bus=port2,drive=disk0,bootindex=1",
            "-blockdev", $"driver=raw,node-name=seed,read-only=on,file.driver=file,file.filename={seed},file.locking=off",
            "-device", "virtio-blk-pci,id=disk-seed,bus=port3,drive=seed",
            "-netdev", $"tap,id=nic0,ifname=rb{Environment.ProcessId % 1_000_000},script=no,downscript=no",
            "-device", $"virtio-net-pci,id=nic-nic0,bus=port4,netdev=nic0,mac=52:54:00:00:00:01,romfile={string.Concat(_offloads.Select(offload => $",{offload}=off"))}",
        ]);
        // The seed goes with its machine, which is deleted before this runs.
        var folder = Directory.CreateTempSubdirectory("rempart-bench-").FullName;
        var copy = Path.Combine(folder, "seed");
        File.Copy(seed, copy);
        return new BareQemu([.. command.Select(word => word.Replace(seed, copy, StringComparison.Ordinal))], Below("images"), folder);
    }

    /// <summary>From the start of QEMU to the first byte of the guest's serial line.</summary>
    internal async Task<TimeSpan> FirstByteAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var overlay = Path.Combine(_folder, "disk.qcow2");
        using (var make = Process.Start(new ProcessStartInfo("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", _image, overlay]) { UseShellExecute = false })!)
        {
            await make.WaitForExitAsync(cancellationToken);
            if (make.ExitCode != 0) throw new BenchException($"`qemu-img` made no overlay of `{_image}`");
        }
        var from = time.GetTimestamp();
        using var qemu = Process.Start(new ProcessStartInfo(_command[0], [.. _command.Skip(1), "-blockdev", $"driver=qcow2,node-name=disk0,file.driver=file,file.filename={overlay}"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var first = await qemu.StandardOutput.BaseStream.ReadAsync(new byte[1], cancellationToken);
            var elapsed = time.GetElapsedTime(from);
            return first == 1 ? elapsed : throw new BenchException($"QEMU alone ended: {(await qemu.StandardError.ReadToEndAsync(cancellationToken)).Trim()}");
        }
        finally
        {
            qemu.Kill();
            await qemu.WaitForExitAsync(CancellationToken.None);
            File.Delete(overlay);
        }
    }

    /// <summary>Takes the copy of the seed, which holds the machine's user data, away.</summary>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Target(string link) => new FileInfo(link).LinkTarget ?? throw new BenchException(string.Create(CultureInfo.InvariantCulture, $"`{link}` leads nowhere"));
}
