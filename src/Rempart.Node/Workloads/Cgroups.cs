using System.Globalization;

namespace Rempart.Node.Workloads;

/// <summary>The host's cgroup layout: v2 alone, or the v1 controllers with v2 beside them.</summary>
/// <param name="Root">/sys/fs/cgroup.</param>
/// <param name="Unified">v2 alone.</param>
internal sealed record Cgroups(string Root, bool Unified)
{
    internal static Cgroups Detect(string root = "/sys/fs/cgroup") => new(root, File.Exists(Path.Combine(root, "cgroup.controllers")));

    /// <summary>Whether memory and swap together can be limited; without it v1 refuses the setting.</summary>
    internal bool CountsSwap => Unified || File.Exists(Path.Combine(Root, "memory/memory.memsw.limit_in_bytes"));

    /// <summary>How often the kernel killed in this cgroup for memory; 0 when the cgroup is gone.</summary>
    /// <param name="path">as in cgroupsPath: `/rempart-a1/UID`.</param>
    internal long OutOfMemoryKills(string path)
    {
        var file = Unified ? Path.Combine(Root, path.TrimStart('/'), "memory.events") : Path.Combine(Root, "memory", path.TrimStart('/'), "memory.oom_control");
        try
        {
            foreach (var line in File.ReadLines(file))
            {
                if (line.StartsWith("oom_kill ", StringComparison.Ordinal)) return long.Parse(line.AsSpan("oom_kill ".Length), CultureInfo.InvariantCulture);
            }
        }
        catch (Exception exception) when (exception is IOException or FormatException)
        {
            return 0;
        }
        return 0;
    }

    /// <summary>Removes an empty cgroup from every hierarchy; one that is in use stays.</summary>
    internal void RemoveIfEmpty(string path)
    {
        IEnumerable<string> hierarchies = Unified ? [Root] : Directory.EnumerateDirectories(Root);
        foreach (var hierarchy in hierarchies)
        {
            var folder = Path.Combine(hierarchy, path.TrimStart('/'));
            try
            {
                // A cgroup's files can't be deleted; rmdir alone removes it, and only when no process and no child is in it.
                if (Directory.Exists(folder)) Directory.Delete(folder, recursive: false);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
            }
        }
    }
}
