using Rempart.Lab.Hosts;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>Finds the diary of a guest in the file of its disk on one host, in whichever pool that is, while the guest writes.</summary>
/// <param name="host">where.</param>
/// <param name="volume">uid.</param>
internal sealed class DiaryReader(LabHost host, string volume)
{
    // Guests' blocks lie in the file where the format puts its clusters, which are multiples of this.
    private const int Block = 4096;

    public string Host => host.Name;

    /// <summary>All entries that the file has now; none when there is no file.</summary>
    public IReadOnlyList<DiaryEntry> Read()
    {
        var node = Path.Combine(host.Layout.InstanceFolder, "node");
        return [.. Pools(node).SelectMany(pool => Entries(Path.Combine(pool, "volumes", volume, "disk.qcow2")))];
    }

    private static IEnumerable<string> Pools(string node) =>
        [Path.Combine(node, "pool"), .. Directory.Exists(Path.Combine(node, "pools")) ? Directory.EnumerateDirectories(Path.Combine(node, "pools")) : []];

    private static List<DiaryEntry> Entries(string path)
    {
        List<DiaryEntry> entries = [];
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> head = stackalloc byte[DiaryEntry.Size];
            for (var at = 0L; RandomAccess.Read(file, head, at) == head.Length; at += Block)
            {
                if (DiaryEntry.Read(head) is { } entry) entries.Add(entry);
            }
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            // Not on this host, or not any more.
        }
        return entries;
    }
}
