using System.Text.Json;
using System.Text.RegularExpressions;
using Rempart.Node.Machines;

namespace Rempart.Node.Migration;

/// <summary>
/// The nodes of a running QEMU that are a disk's: a disk begins as the node `disk0` and is another one, `disk0-mXXXXXXXX`, when it has gone to another pool.
/// What QEMU answers is not trusted: names that are not ours count as absent.
/// </summary>
internal static partial class DiskRoots
{
    private const string Device = "/machine/peripheral/disk-";

    /// <summary>The node that the guest's disk reads and writes.</summary>
    /// <exception cref="MoveException">QEMU tells of none.</exception>
    internal static async Task<string> FindAsync(RunningMachine session, string disk, CancellationToken cancellationToken)
    {
        var devices = await session.Qmp.ExecuteAsync("query-block", null, [], cancellationToken);
        if (devices.ValueKind == JsonValueKind.Array)
        {
            foreach (var device in devices.EnumerateArray().Where(device => Text(device, "qdev")?.StartsWith($"{Device}{disk}/", StringComparison.Ordinal) == true))
            {
                if (device.TryGetProperty("inserted", out var inserted) && Text(inserted, "node-name") is { } node && IsRoot(disk, node)) return node;
            }
        }
        throw new MoveException($"QEMU does not say what its disk `{disk}` reads");
    }

    /// <summary>What is there of a disk besides one root: nodes, and the set of the descriptor that the file of each has. Of its images, nothing.</summary>
    internal static async Task<IReadOnlyList<(string Node, string File, long? Set)>> OthersAsync(RunningMachine session, string disk, string root, CancellationToken cancellationToken)
    {
        var nodes = await session.Qmp.ExecuteAsync("query-named-block-nodes", new() { ["flat"] = true }, [], cancellationToken);
        if (nodes.ValueKind != JsonValueKind.Array) return [];
        var files = new Dictionary<string, long?>(StringComparer.Ordinal);
        var roots = new List<string>();
        foreach (var node in nodes.EnumerateArray())
        {
            if (Text(node, "node-name") is not { } name) continue;
            if (IsRoot(disk, name)) roots.Add(name);
            else files[name] = Text(node, "file") is { } path && SetPattern().Match(path) is { Success: true } match ? long.Parse(match.Groups["set"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) : null;
        }
        // A file whose node above it is gone is left from a step that was not finished.
        return [.. files.Keys.Where(file => IsFile(disk, file)).Select(RootOf).Concat(roots).Distinct().Where(name => name != root).Select(name => (name, FileOf(name), files.GetValueOrDefault(FileOf(name))))];
    }

    /// <summary>The node of a disk in its new pool.</summary>
    internal static string New(string disk, string migrationUid) => $"{disk}-m{migrationUid[..8]}";

    /// <summary>The node of the file below a root.</summary>
    internal static string FileOf(string root) => root.Contains('-', StringComparison.Ordinal) ? $"{root}-file" : $"{root}-0-file";

    private static string RootOf(string file) => file.EndsWith("-0-file", StringComparison.Ordinal) ? file[..^"-0-file".Length] : file[..^"-file".Length];

    private static bool IsRoot(string disk, string node) => node == disk || (node.StartsWith($"{disk}-m", StringComparison.Ordinal) && MovedPattern().IsMatch(node));

    private static bool IsFile(string disk, string node) => node == $"{disk}-0-file" || (node.EndsWith("-file", StringComparison.Ordinal) && IsRoot(disk, node[..^"-file".Length]) && node.Length > disk.Length + "-file".Length);

    private static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    [GeneratedRegex("^[a-z0-9]+-m[0-9a-f]{8}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex MovedPattern();

    [GeneratedRegex("^/dev/fdset/(?<set>[0-9]{1,15})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SetPattern();
}
