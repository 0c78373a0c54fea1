using System.Globalization;

namespace Rempart.Lab.Hosts;

/// <summary>A host's part of the cgroup hierarchies of its machine: inside it is all that there is.</summary>
internal sealed class HostCgroups(string path)
{
    private const string Root = "/sys/fs/cgroup";
    private static readonly string[] _inherited = ["cpuset.cpus", "cpuset.mems"];

    private readonly IReadOnlyList<Hierarchy> _hierarchies = Read(File.ReadLines("/proc/self/mountinfo"));

    private sealed record Hierarchy(string MountPoint, string Type, string Options);

    private IEnumerable<string> Folders => _hierarchies.Select(hierarchy => Path.Combine(hierarchy.MountPoint, path)).Distinct(StringComparer.Ordinal);

    /// <summary>Shell commands that mount the same hierarchies in a new cgroup namespace.</summary>
    internal string MountCommands => string.Join('\n', [
        .. _hierarchies.All(hierarchy => hierarchy.MountPoint != Root) ? [$"mount -t tmpfs -o mode=0755,nosuid,nodev,noexec cgroup {Root}"] : Array.Empty<string>(),
        .. _hierarchies.Select(hierarchy => $"mkdir -p {hierarchy.MountPoint}; mount -t {hierarchy.Type} -o nosuid,nodev,noexec{hierarchy.Options} none {hierarchy.MountPoint}"),
    ]);

    /// <summary>Shell commands that put the shell itself into the host's cgroups.</summary>
    internal string EnterCommands => string.Join('\n', Folders.Select(folder => $"echo $$ >{folder}/system/cgroup.procs"));

    /// <summary>As <see cref="EnterCommands"/>, at the place that the namespace shows as its root.</summary>
    internal string EnterRootCommands => string.Join('\n', Folders.Select(folder => $"echo $$ >{folder}/cgroup.procs"));

    internal void Make()
    {
        foreach (var folder in Folders)
        {
            // Processes are in leaves only, as v2 wants it once a controller is on.
            Directory.CreateDirectory(Path.Combine(folder, "system"));
            foreach (var file in _inherited.Where(file => File.Exists(Path.Combine(folder, file))))
            {
                foreach (var child in new[] { Path.GetDirectoryName(folder)!, folder, Path.Combine(folder, "system") }.Where(child => File.ReadAllText(Path.Combine(child, file)).Trim().Length == 0))
                    File.WriteAllText(Path.Combine(child, file), File.ReadAllText(Path.Combine(Path.GetDirectoryName(child)!, file)));
            }
        }
    }

    /// <summary>Stops all processes of the host where they are, or lets them go on.</summary>
    internal async Task FreezeAsync(bool isFrozen, TimeProvider time, CancellationToken cancellationToken)
    {
        var (file, word) = Freezer is var folder && File.Exists(Path.Combine(folder, "freezer.state"))
            ? (Path.Combine(folder, "freezer.state"), isFrozen ? "FROZEN" : "THAWED")
            : (Path.Combine(folder, "cgroup.freeze"), isFrozen ? "1" : "0");
        await File.WriteAllTextAsync(file, word, cancellationToken);
        for (var tries = 0; IsFrozen != isFrozen; tries++)
        {
            if (tries == 200) throw new LabException($"`{file}` has not become `{word}` within 10 s");
            // The old freezer may have to be told again while processes are on their way into it.
            await File.WriteAllTextAsync(file, word, cancellationToken);
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
        }
    }

    internal bool IsFrozen =>
        File.Exists(Path.Combine(Freezer, "freezer.state")) ? File.ReadAllText(Path.Combine(Freezer, "freezer.state")).Trim() == "FROZEN"
        : File.Exists(Path.Combine(Freezer, "cgroup.events")) && File.ReadAllText(Path.Combine(Freezer, "cgroup.events")).Contains("frozen 1", StringComparison.Ordinal);

    /// <summary>Processes of the host, by the pids that its machine knows.</summary>
    internal IReadOnlyList<int> Processes => [.. Folders.SelectMany(Tree)
        .SelectMany(folder => ReadPids(Path.Combine(folder, "cgroup.procs"))).Distinct().Order()];

    /// <summary>Processes of a cgroup of the host, by its path below the host's own.</summary>
    internal IReadOnlyList<int> ProcessesIn(string child) => [.. Folders.SelectMany(folder => ReadPids(Path.Combine(folder, child, "cgroup.procs"))).Distinct()];

    /// <summary>Removes the cgroups below, and the host's own; no process may be left.</summary>
    internal async Task RemoveAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        // The kernel may be at the last exits for a moment.
        for (var tries = 0; ; tries++)
        {
            foreach (var folder in Folders.SelectMany(Tree)) TryRemove(folder);
            if (!Folders.Any(Directory.Exists)) break;
            if (tries == 200) throw new LabException($"the cgroups `{path}` are still in use by processes {string.Join(", ", Processes)}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
        }
        // The lab's own goes with its last host.
        foreach (var folder in Folders) TryRemove(Path.GetDirectoryName(folder)!);
    }

    private string Freezer => Path.Combine(_hierarchies.FirstOrDefault(hierarchy => hierarchy.Options == ",freezer")?.MountPoint ?? _hierarchies.First(hierarchy => hierarchy.Type == "cgroup2").MountPoint, path);

    // Innermost first.
    private static IEnumerable<string> Tree(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories).OrderByDescending(child => child.Length).Append(folder)
        : [];

    private static IEnumerable<int> ReadPids(string file)
    {
        try
        {
            return [.. File.ReadAllLines(file).Select(line => int.Parse(line, CultureInfo.InvariantCulture)).Where(pid => pid > 0)];
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static void TryRemove(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: false);
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            // Whoever asked looks whether it has gone.
        }
    }

    // mountinfo(5): `ID PARENT DEVICE ROOT MOUNT-POINT OPTIONS [TAGS] - TYPE SOURCE SUPER-OPTIONS`.
    private static List<Hierarchy> Read(IEnumerable<string> mounts) =>
    [
        .. mounts.Select(line => line.Split(' '))
            .Where(words => words.Length > 9 && (words[4] == Root || words[4].StartsWith(Root + "/", StringComparison.Ordinal)) && Array.IndexOf(words, "-") is > 0 and var dash && words[dash + 1] is "cgroup" or "cgroup2")
            .Select(words => (Point: words[4], Type: words[Array.IndexOf(words, "-") + 1], Options: words[^1]))
            .Select(mount => new Hierarchy(mount.Point, mount.Type, mount.Type == "cgroup2" ? "" : Controllers(mount.Options))),
    ];

    private static string Controllers(string options)
    {
        var words = options.Split(',').Where(word => word is not ("rw" or "ro" or "xattr" or "clone_children" or "noprefix") && !word.StartsWith("release_agent=", StringComparison.Ordinal)).ToList();
        return string.Concat((words.Exists(word => word.StartsWith("name=", StringComparison.Ordinal)) ? words.Prepend("none") : words).Select(word => $",{word}"));
    }
}
