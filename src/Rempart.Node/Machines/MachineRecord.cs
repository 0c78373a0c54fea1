using System.Text.Json;
using System.Text.Json.Serialization;
using Rempart.Node.Workloads;

namespace Rempart.Node.Machines;

/// <summary>`workload.json`: what the agent has done or is about to do with a machine, written before it acts.</summary>
internal sealed record MachineRecord
{
    private const int CurrentVersion = 3;
    private const int OldestVersion = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter() },
        WriteIndented = true,
    };

    public int Version { get; init; } = CurrentVersion;

    public required string Uid { get; init; }

    public required string Name { get; init; }

    /// <summary>The host id of its own, from the first start until deletion.</summary>
    public required uint HostUid { get; init; }

    public MachineStep Step { get; init; }

    /// <summary>How often it was started here.</summary>
    public int Starts { get; init; }

    /// <summary>Of the boot in which this run was started.</summary>
    public required string BootId { get; init; }

    /// <summary>The jail root of this run.</summary>
    public required string JailDigest { get; init; }

    public Accelerator Accelerator { get; init; }

    /// <summary>What the guest sees, for a host that it moves to; null in records of version 1.</summary>
    public MachineShape? Shape { get; init; }

    /// <summary>QEMU's pid on the host.</summary>
    public int? Pid { get; init; }

    /// <summary>When that process started, in clock ticks since boot.</summary>
    public long? PidStart { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? StopDeadline { get; init; }

    /// <summary>Set before the agent kills.</summary>
    public bool KillRequested { get; init; }

    /// <summary>QEMU's run state in which the guest ended itself, seen before the agent ended QEMU: `shutdown` or `guest-panicked`.</summary>
    public string? GuestEnd { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public WorkloadExit? Exit { get; init; }

    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <exception cref="JsonException">not a record of this version.</exception>
    internal static MachineRecord Parse(ReadOnlySpan<byte> json)
    {
        var record = JsonSerializer.Deserialize<MachineRecord>(json, Json) ?? throw new JsonException("the record is null");
        return record.Version is >= OldestVersion and <= CurrentVersion ? record with { Version = CurrentVersion } : throw new JsonException($"version {record.Version} of the record is not known here");
    }
}
