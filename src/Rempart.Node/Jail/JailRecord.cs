namespace Rempart.Node.Jail;

/// <summary>What a jail is made from: the node-level record that <see cref="JailBundle"/> turns into an OCI bundle.</summary>
internal sealed record JailRecord
{
    /// <summary>`/rempart-INSTANCE/UID`.</summary>
    public required string CgroupPath { get; init; }

    /// <summary>The published root.</summary>
    public required string RootPath { get; init; }

    /// <summary>The one host id, user and group, that the jail runs as.</summary>
    public required uint HostUid { get; init; }

    /// <summary>Program and arguments.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Bytes that all of it may use.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Whether memory and swap together can be limited here.</summary>
    public required bool LimitSwap { get; init; }

    /// <summary>Cpus' worth of time that all of it may use, in hundredths.</summary>
    public required int CpuHundredths { get; init; }

    /// <summary>Largest file that it may write, in bytes: a descriptor alone would let it fill the file system that others need.</summary>
    public required long MostFileBytes { get; init; }

    /// <summary>Most tasks.</summary>
    public required int Tasks { get; init; }

    /// <summary>Whether it may connect to unix sockets. In its network namespace there are none but those behind a descriptor handed to it.</summary>
    public bool Connects { get; init; }

    /// <summary>A character device 10:232 on the host that the jail's id owns, or null for a jail without KVM.</summary>
    public string? KvmDevice { get; init; }
}
