using Rempart.Api.Compute;
using Rempart.Api.Storage;

namespace Rempart.Policy.Migrations;

/// <summary>A disk that a move copies into a pool.</summary>
/// <param name="Volume">Name of its volume.</param>
/// <param name="Pool">The pool that it goes to.</param>
/// <param name="Bytes">What is to be copied; 0 when its node has not said how much it has.</param>
public sealed record DiskDemand(string Volume, string Pool, long Bytes)
{
    // What a volume without a size may have; so that no sum of them overflows.
    private const long Most = 64L << 40;

    /// <summary>What a move copies to its target, at most: a guest may go on writing.</summary>
    /// <param name="move">The move.</param>
    /// <param name="machine">Its machine.</param>
    /// <param name="stays">Whether the machine stays on its host, and only what <c>spec.volumes</c> names goes.</param>
    /// <param name="volume">A volume of its project by its name.</param>
    public static IReadOnlyList<DiskDemand> Of(MachineMigration move, VirtualMachine machine, bool stays, Func<string, Volume?> volume)
    {
        ArgumentNullException.ThrowIfNull(move);
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(volume);
        var wanted = (move.Spec.Volumes ?? []).DistinctBy(asked => asked.Name, StringComparer.Ordinal).ToDictionary(asked => asked.Name, asked => asked.Pool, StringComparer.Ordinal);
        var demands = new List<DiskDemand>();
        foreach (var name in stays ? wanted.Keys.Order(StringComparer.Ordinal) : (machine.Status?.Volumes ?? []).Select(attached => attached.ObjectName))
        {
            var found = volume(name);
            var here = found?.Status?.Pool ?? StoragePool.Home;
            var pool = wanted.GetValueOrDefault(name) ?? here;
            if (!stays || pool != here) demands.Add(new DiskDemand(name, pool, Told(found)));
        }

        return demands;
    }

    /// <summary>What is left of that for a move that is under way: what has arrived takes room already.</summary>
    /// <param name="move">The move; none of its disks is copied any more once it is committed.</param>
    /// <param name="disks">What it copies.</param>
    public static IReadOnlyList<DiskDemand> Left(MachineMigration move, IReadOnlyList<DiskDemand> disks)
    {
        ArgumentNullException.ThrowIfNull(disks);
        if (MigrationMarks.IsCommitted(move)) return [];
        // Its node tells of all disks together, and which of them come first is its own business: none is taken for whole before all are.
        var all = disks.Sum(disk => disk.Bytes);
        var arrived = Math.Clamp(move?.Status?.Source?.Progress?.Disks?.TransferredBytes ?? 0, 0, all);
        return all == 0 ? [] : [.. disks.Select(disk => disk with { Bytes = (long)(disk.Bytes * (1 - ((decimal)arrived / all))) })];
    }

    // A node tells it: no more than the volume can have, or one that lies would keep others' machines from their targets.
    private static long Told(Volume? volume) => Math.Clamp(volume?.Status?.Used?.Units ?? 0, 0, Math.Clamp((volume?.Status?.Size ?? volume?.Spec.Size)?.Units ?? Most, 0, Most));
}
