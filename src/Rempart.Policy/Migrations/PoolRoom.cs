using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Api.Storage;

namespace Rempart.Policy.Migrations;

/// <summary>
/// Whether a host's pools have room for the disks that a move brings. What a host doesn't tell is taken to fit: its node finds out. So is what is close: the figures are
/// some time old, and the node keeps a part of each pool for guests that run.
/// </summary>
public static class PoolRoom
{
    private const long Mebi = 1L << 20;
    // A node tells what is free anew when it has changed by a hundredth of the pool.
    private const int Told = 100;

    /// <summary>Why they don't fit, for people, following "node `host2`"; null when they do, or when that is not known.</summary>
    /// <param name="host">The host; null when nothing is known of it.</param>
    /// <param name="disks">What is to come.</param>
    /// <param name="others">What is on its way there already.</param>
    public static string? Obstacle(Host? host, IReadOnlyList<DiskDemand> disks, IReadOnlyList<DiskDemand> others)
    {
        ArgumentNullException.ThrowIfNull(disks);
        ArgumentNullException.ThrowIfNull(others);
        // Its agent would make the pool a folder beside itself, on another disk than the one that was meant.
        if (disks.Select(disk => host?.Status?.Pools?.FirstOrDefault(one => one.Name == disk.Pool)).FirstOrDefault(pool => pool is { Path: not null, Ready: false }) is { } absent) return $"does not have pool `{absent.Name}` ready: {absent.Message}";
        foreach (var coming in disks.Where(disk => disk.Bytes > 0).GroupBy(disk => Place(host, disk.Pool)))
        {
            if (coming.Key?.Available is not { } available) continue;
            var (need, taken) = (coming.Sum(disk => disk.Bytes), others.Where(disk => Place(host, disk.Pool) == coming.Key).Sum(disk => disk.Bytes));
            if (need <= available.Units - taken + ((coming.Key.Capacity?.Units ?? 0) / Told)) continue;
            var pools = string.Join("` and `", coming.Select(disk => disk.Pool).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
            var names = coming.Select(disk => disk.Volume).Order(StringComparer.Ordinal).ToList();
            return $"has {Down(available.Units)} free in {(pools.Contains('`', StringComparison.Ordinal) ? "pools" : "pool")} `{pools}`{(taken > 0 ? $", {Up(taken)} of it for other moves under way" : "")}, and {(names.Count == 1 ? "volume" : "volumes")} `{string.Join("`, `", names)}` {(names.Count == 1 ? "needs" : "need")} {Up(need)}: delete volumes there, or make its file system larger";
        }

        return null;
    }

    // All that no profile gives a folder lie beside the agent, on one file system: also one that the host has not begun to use.
    private static HostPool? Place(Host? host, string pool)
    {
        var known = host?.Status?.Pools?.FirstOrDefault(one => one.Name == pool);
        if (known is { Path: not null }) return known;
        return known is null && host?.Spec?.Pools?.Any(one => one.Name == pool) == true ? null : host?.Status?.Pools?.FirstOrDefault(one => one is { Name: StoragePool.Home, Path: null });
    }

    private static string Down(long bytes) => Quantity.FromBytes(bytes / Mebi * Mebi).ToString();

    private static string Up(long bytes) => Quantity.FromBytes((bytes + Mebi - 1) / Mebi * Mebi).ToString();
}
