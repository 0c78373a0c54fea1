using System.Diagnostics;
using Rempart.Api.Compute;

namespace Rempart.Api.Tracing;

/// <summary>
/// The trace of a machine's start: every process finds it from the machine's uid, which the server makes at random, so that no field of an
/// object carries it, nobody chooses it and nothing is written for it. See docs/design/tracing.md.
/// </summary>
public static class MachineTrace
{
    /// <summary>What happens to a machine later than this after its creation is no longer its start.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>The first span of the trace, the request that creates the machine; default when <paramref name="uid"/> is no lower-case UUID.</summary>
    /// <param name="uid">The machine's uid: without its hyphens it is the trace's id, and its second half is the first span's.</param>
    public static ActivityContext Of(string? uid)
    {
        if (!Guid.TryParseExact(uid, "D", out var parsed) || parsed == Guid.Empty) return default;
        var hex = parsed.ToString("N");
        return new ActivityContext(ActivityTraceId.CreateFromString(hex), ActivitySpanId.CreateFromString(hex.AsSpan(16)), ActivityTraceFlags.Recorded, isRemote: true);
    }

    /// <summary>The same while the machine starts for the first time; default afterwards.</summary>
    /// <param name="machine">The machine as it is known.</param>
    /// <param name="now">The time.</param>
    public static ActivityContext Of(VirtualMachine machine, DateTimeOffset now) =>
        machine.Metadata.CreationTimestamp is { } created && now - created < Longest && machine.Status?.Conditions?.Any(condition => condition is { Type: "GuestReady", Status: "True" }) != true
            ? Of(machine.Metadata.Uid) : default;
}
