using System.Globalization;

namespace Rempart.Instance.Tests.Instances;

/// <summary>Everything that an instance has on its host, a line each: what a machine leaves behind is a line too many.</summary>
internal static class HostInventory
{
    public static async Task<IReadOnlyList<string>> TakeAsync(RunningInstance instance) =>
    [
        .. Processes(instance), .. Mounts(instance), .. Cgroups(instance), .. Files(instance),
        .. await LinesAsync(["ip", "-o", "-netns", Namespace(instance), "link"], line => "link " + line.Split(' ')[1].TrimEnd(':').Split('@')[0]),
        .. await LinesAsync(["ovs-vsctl", $"--db=unix:{Socket(instance, "db.sock")}", "list-ports", "br-int"], line => "switch port " + line),
        .. await LinesAsync(["ovn-nbctl", $"--db=unix:{Socket(instance, "nb.sock")}", "--bare", "--columns=name", "list", "Logical_Switch_Port"], line => "logical port " + line),
        .. await LinesAsync(["ovn-nbctl", $"--db=unix:{Socket(instance, "nb.sock")}", "--bare", "--columns=name", "list", "Port_Group"], line => "port group " + line),
    ];

    private static string Namespace(RunningInstance instance) =>
        Directory.EnumerateFiles("/run/netns").Select(path => Path.GetFileName(path)).Single(name => name.Contains(instance.Id, StringComparison.Ordinal));

    private static string Socket(RunningInstance instance, string name) => Directory.EnumerateFiles(Path.Combine(instance.Home, "network"), "*", SearchOption.AllDirectories)
        .Single(path => Path.GetFileName(path) == name || path.EndsWith(name, StringComparison.Ordinal));

    private static async Task<IEnumerable<string>> LinesAsync(string[] command, Func<string, string> name) =>
        (await RunningInstance.RunAsync(command)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(name).Order(StringComparer.Ordinal);

    /// <summary>Those in a cgroup of a machine, and those that have one of its folders open or in their command line; the services themselves come and go.</summary>
    private static IEnumerable<string> Processes(RunningInstance instance) => Directory.EnumerateDirectories("/proc")
        .Where(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out _))
        .Where(path => (Text(path, "cgroup")?.Contains($"/rempart-{instance.Id}/", StringComparison.Ordinal) ?? false) || (Text(path, "cmdline")?.Contains(instance.Workloads, StringComparison.Ordinal) ?? false))
        .Select(path => $"process {Text(path, "comm")?.Trim()}").Order(StringComparer.Ordinal);

    private static IEnumerable<string> Mounts(RunningInstance instance) => File.ReadLines("/proc/mounts")
        .Where(line => line.Contains(instance.Home, StringComparison.Ordinal)).Select(line => "mount " + line.Split(' ')[1]).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Cgroups(RunningInstance instance) => Directory.EnumerateDirectories("/sys/fs/cgroup", $"rempart-{instance.Id}", SearchOption.AllDirectories)
        .SelectMany(parent => Directory.EnumerateDirectories(parent).Select(path => "cgroup " + path)).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Files(RunningInstance instance) => Directory.EnumerateFileSystemEntries(Path.Combine(instance.Home, "node"), "*", SearchOption.AllDirectories)
        // Certificates are renewed, witnessed checkpoints come, the log of a service turns over.
        .Where(path => !path.Contains("/audit/", StringComparison.Ordinal) && !path.EndsWith(".new", StringComparison.Ordinal))
        .Select(path => "file " + path[instance.Home.Length..]).Order(StringComparer.Ordinal);

    private static string? Text(string folder, string name)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, name));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
