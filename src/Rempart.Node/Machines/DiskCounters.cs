using System.Text.Json;

namespace Rempart.Node.Machines;

/// <summary>What the guest did with one of its disks since QEMU began.</summary>
/// <param name="Disk">name of the disk, such as `disk0`.</param>
/// <param name="ReadBytes">bytes read.</param>
/// <param name="WrittenBytes">bytes written.</param>
/// <param name="Reads">requests to read.</param>
/// <param name="Writes">requests to write.</param>
/// <param name="Flushes">requests to make durable.</param>
internal sealed record DiskCounters(string Disk, double ReadBytes, double WrittenBytes, double Reads, double Writes, double Flushes)
{
    private const int Most = 16;
    private const int LongestName = 32;
    private const string Device = "/machine/peripheral/disk-";

    /// <summary>Reads QEMU's answer to `query-blockstats`. A taken-over QEMU answers what it likes: names and numbers are bounded, the rest is left out.</summary>
    public static IReadOnlyList<DiskCounters> Parse(JsonElement answer) => answer.ValueKind != JsonValueKind.Array ? []
        : [.. answer.EnumerateArray().Select(One).OfType<DiskCounters>().DistinctBy(disk => disk.Disk).Take(Most)];

    private static DiskCounters? One(JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty("qdev", out var device) || device.ValueKind != JsonValueKind.String || Name(device.GetString()!) is not { } name
            || !entry.TryGetProperty("stats", out var stats) || stats.ValueKind != JsonValueKind.Object) return null;
        return new DiskCounters(name, Number(stats, "rd_bytes"), Number(stats, "wr_bytes"), Number(stats, "rd_operations"), Number(stats, "wr_operations"), Number(stats, "flush_operations"));
    }

    private static string? Name(string device)
    {
        if (!device.StartsWith(Device, StringComparison.Ordinal)) return null;
        var name = device[Device.Length..].Split('/')[0];
        return name.Length is > 0 and <= LongestName && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? name : null;
    }

    private static double Number(JsonElement stats, string name) => stats.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number > 0 ? number : 0;
}
