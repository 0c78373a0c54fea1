using Rempart.Lab.Hosts;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>What machines leave on a host if nobody tidies up: jails, notes, disks, links, ports. Compared with what was there before them.</summary>
internal static class HostRemains
{
    private static readonly string[] Folders = ["workloads", "moves", "machines", "pool"];

    public static async Task<IReadOnlyList<string>> OfAsync(LabHost host, CancellationToken cancellationToken)
    {
        var node = Path.Combine(host.Layout.InstanceFolder, "node");
        var links = await host.RunAsync(["ip", "-o", "link", "show"], null, cancellationToken);
        var cgroups = await host.RunAsync(["find", "/sys/fs/cgroup", "-type", "d", "-path", "*workload*"], null, cancellationToken);
        return
        [
            .. Folders.Select(folder => Path.Combine(node, folder)).Where(Directory.Exists)
                .SelectMany(folder => Directory.EnumerateFileSystemEntries(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2, AttributesToSkip = FileAttributes.None }))
                .Select(path => Path.GetRelativePath(node, path)),
            .. links.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => $"link {line.Split(' ')[1].TrimEnd(':').Split('@')[0]}"),
            .. cgroups.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(path => $"cgroup {path}"),
        ];
    }
}
