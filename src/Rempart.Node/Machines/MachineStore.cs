using System.Collections.Concurrent;
using System.Text.Json;
using Rempart.Linux;
using Rempart.Node.Workloads;

namespace Rempart.Node.Machines;

/// <summary>The records of this host's machines.</summary>
internal sealed class MachineStore(WorkloadSettings settings)
{
    private readonly Lock allocation = new();
    private readonly Dictionary<string, uint> reserved = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, MachineRecord> unwritten = new(StringComparer.Ordinal);

    internal WorkloadFolder Folder(string uid) => new(settings, uid);

    internal IReadOnlyList<string> List() =>
        Directory.Exists(settings.WorkloadsFolder)
            ? [.. Directory.EnumerateDirectories(settings.WorkloadsFolder).Select(path => Path.GetFileName(path)).Where(MachineRules.IsUid)]
            : [];

    /// <summary>Null when there is none.</summary>
    /// <exception cref="WorkloadException">it can't be read: what it describes is then unknown, and nothing is guessed.</exception>
    internal MachineRecord? Read(string uid)
    {
        if (!MachineRules.IsUid(uid)) return null;
        if (unwritten.TryGetValue(uid, out var kept)) return kept;
        var folder = Folder(uid);
        try
        {
            return folder.ReadRecord() is { } bytes ? MachineRecord.Parse(bytes) : null;
        }
        catch (JsonException exception)
        {
            throw new WorkloadException($"`{folder.Record}` can't be read: {exception.Message}; end what it describes by hand and remove its folder", exception);
        }
    }

    internal MachineRecord Write(MachineRecord record)
    {
        Folder(record.Uid).WriteRecord(record.ToJson());
        Forget(record.Uid);
        return record;
    }

    /// <summary>The same, but a host that dies may leave the earlier record, which says by its boot id all that is true then.</summary>
    internal MachineRecord WriteOrEarlier(MachineRecord record)
    {
        DurableFile.Replace(Folder(record.Uid).Record, record.ToJson(), UnixFileMode.UserRead | UnixFileMode.UserWrite, remade: false);
        Forget(record.Uid);
        return record;
    }

    /// <summary>
    /// Records what becomes of a machine that runs. On a full disk it is kept in memory until there is room: a machine must end, and
    /// give its room back, without any. An agent that dies before that finds the older record, and looks anew at what it describes.
    /// </summary>
    internal MachineRecord Remember(MachineRecord record)
    {
        try
        {
            return Write(record);
        }
        catch (IOException full) when (DiskFull.Is(full))
        {
            return unwritten[record.Uid] = record;
        }
    }

    /// <summary>Whether the newest record is in memory only.</summary>
    internal bool IsUnwritten(string uid) => unwritten.ContainsKey(uid);

    /// <summary>Writes what is in memory only, if there is room now; true when it has been written. INVARIANT: the caller holds the uid's turn.</summary>
    internal bool WriteRemembered(string uid)
    {
        if (!unwritten.TryGetValue(uid, out var kept)) return false;
        Remember(kept);
        return !IsUnwritten(uid);
    }

    /// <summary>For a machine whose folder goes.</summary>
    internal void Forget(string uid) => unwritten.TryRemove(uid, out _);

    /// <summary>
    /// A host id that no record of this instance has: the lowest free one. Reserved for this uid until <see cref="Release"/>, so
    /// that two starts at one time can't get the same.
    /// </summary>
    internal uint Allocate(string uid)
    {
        lock (allocation)
        {
            if (reserved.TryGetValue(uid, out var mine)) return mine;
            var taken = List().Select(Read).OfType<MachineRecord>().Select(record => record.HostUid).Concat(reserved.Values).ToHashSet();
            for (var candidate = settings.FirstUid; candidate < settings.FetchUid; candidate++)
            {
                if (taken.Contains(candidate)) continue;
                reserved[uid] = candidate;
                return candidate;
            }
        }
        throw new WorkloadException($"all {settings.UidCount - 2} user ids of this instance on this host are taken; delete machines or widen the range");
    }

    internal void Release(string uid)
    {
        lock (allocation) reserved.Remove(uid);
    }
}
