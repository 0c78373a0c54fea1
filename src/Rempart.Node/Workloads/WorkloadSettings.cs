namespace Rempart.Node.Workloads;

/// <summary>What the drivers of one instance on one host need to know; from the node's configuration.</summary>
internal sealed record WorkloadSettings
{
    /// <summary>The instance's id: everything made on the host is named after it. `[a-z0-9]{1,16}`.</summary>
    public required string Instance { get; init; }

    /// <summary>
    /// The node's own folder of the instance, 0711 root:root and so are all its parents (a jail's user must be able to pass);
    /// holds `jails/`, `workloads/` and `runc/`.
    /// </summary>
    public required string DataFolder { get; init; }

    /// <summary>First host user id of the instance's range; every workload gets one of its own.</summary>
    public required uint FirstUid { get; init; }

    /// <summary>How many ids the range has: two more than the workloads that this host can hold.</summary>
    public uint UidCount { get; init; } = 65_536;

    /// <summary>The last id of the range, which no workload gets: tools that read what tenants bring run with it.</summary>
    public uint ToolUid => FirstUid + UidCount - 1;

    /// <summary>The id before it, which no workload gets either: programs that speak with strangers run with it.</summary>
    public uint FetchUid => ToolUid - 1;

    /// <summary>An OCI runtime with runc's command line.</summary>
    public string Runtime { get; init; } = "/usr/sbin/runc";

    public string Conmon { get; init; } = "/usr/bin/conmon";

    public string Qemu { get; init; } = "/usr/bin/qemu-system-x86_64";

    /// <summary>Bytes after which conmon begins a workload's log anew; serial consoles are logged with about 10 to 50 bytes for each they print.</summary>
    public long MaxLogBytes { get; init; } = 16 << 20;

    public string JailsFolder => Path.Combine(DataFolder, "jails");

    public string WorkloadsFolder => Path.Combine(DataFolder, "workloads");

    public string RuntimeFolder => Path.Combine(DataFolder, "runc");

    /// <summary>Parent of every workload's cgroup, in each hierarchy.</summary>
    public string CgroupParent => $"/rempart-{Instance}";

    public string CgroupOf(string uid) => $"{CgroupParent}/{uid}";
}
