using Rempart.Node.Workloads;

namespace Rempart.Node.Jail;

/// <summary>Finds on the host what a program needs to run, and nothing else.</summary>
internal static class JailContent
{
    // ldd does not see what QEMU loads by name: the accelerator of this build is a module.
    private static readonly string[] Modules = ["accel-tcg-x86_64.so"];
    private static readonly string[] ModuleFolders = ["/usr/lib/x86_64-linux-gnu/qemu", "/usr/lib/qemu", "/usr/lib64/qemu"];

    // q35 with SeaBIOS, the loader of a kernel handed over directly, and KVM's helper ROM. Cards get no boot ROM.
    private static readonly string[] Firmware = ["bios-256k.bin", "linuxboot_dma.bin", "kvmvapic.bin"];
    private static readonly string[] FirmwareFolders = ["/usr/share/qemu", "/usr/share/seabios"];
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <exception cref="WorkloadException">something is not installed.</exception>
    internal static async Task<IReadOnlyList<JailFile>> FindAsync(string qemu, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!File.Exists(qemu)) throw new WorkloadException($"`{qemu}` is not there; install qemu-system-x86");
        var files = new Dictionary<string, JailFile>(StringComparer.Ordinal);
        var modules = Modules.Select(name => ModuleFolders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)).OfType<string>().ToList();
        foreach (var module in modules) files[module] = new JailFile(module, module, Executable: false);
        foreach (var program in modules) await AddLibrariesAsync(program, files, time, cancellationToken);
        await AddProgramAsync(qemu, files, time, cancellationToken);
        foreach (var name in Firmware)
        {
            var path = FirmwareFolders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
                ?? throw new WorkloadException($"the firmware `{name}` is not in {string.Join(" or ", FirmwareFolders)}; install qemu-system-data and seabios");
            files[path] = new JailFile(path, path, Executable: false);
        }
        return [.. files.Values.OrderBy(file => file.Target, StringComparer.Ordinal)];
    }

    /// <summary>A program and its libraries.</summary>
    /// <exception cref="WorkloadException">something is not installed.</exception>
    internal static async Task<IReadOnlyList<JailFile>> FindToolAsync(string program, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!File.Exists(program)) throw new WorkloadException($"`{program}` is not there; install its package");
        var files = new Dictionary<string, JailFile>(StringComparer.Ordinal);
        await AddProgramAsync(program, files, time, cancellationToken);
        return [.. files.Values.OrderBy(file => file.Target, StringComparer.Ordinal)];
    }

    private static async Task AddProgramAsync(string program, Dictionary<string, JailFile> files, TimeProvider time, CancellationToken cancellationToken)
    {
        files[program] = new JailFile(program, program, Executable: true);
        await AddLibrariesAsync(program, files, time, cancellationToken);
    }

    private static async Task AddLibrariesAsync(string program, Dictionary<string, JailFile> files, TimeProvider time, CancellationToken cancellationToken)
    {
        var output = await HostCommand.OutputAsync("/usr/bin/ldd", [program], Limit, time, cancellationToken);
        try
        {
            foreach (var library in LibraryClosure.Parse(output))
            {
                var target = RealFolder(library);
                files[target] = new JailFile(library, target, Executable: true);
            }
        }
        catch (FormatException exception)
        {
            throw new WorkloadException($"`{program}` can't run here: {exception.Message}", exception);
        }
    }

    // `/lib/x86_64-linux-gnu/libc.so.6` is `/usr/lib/…` on a merged-/usr host; the jail has the same links at its top.
    private static string RealFolder(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        var top = "/" + folder.TrimStart('/').Split('/')[0];
        return new DirectoryInfo(top).ResolveLinkTarget(returnFinalTarget: true) is { } target
            ? Path.Combine(target.FullName + folder[top.Length..], Path.GetFileName(path))
            : path;
    }
}
