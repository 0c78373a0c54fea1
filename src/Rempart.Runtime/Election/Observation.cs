using Rempart.Api.Coordination;

namespace Rempart.Runtime.Election;

/// <summary>
/// What a candidate has seen of a lease, and when by its own clock: clocks of hosts differ, so that only "it has not changed for so long" counts, never
/// the time that the lease tells (as in client-go).
/// </summary>
/// <param name="Seen">The lease's spec as it was last seen.</param>
/// <param name="At">Timestamp of when it was first seen so.</param>
internal readonly record struct Observation(LeaseSpec? Seen, long At)
{
    /// <summary>The observation after another look.</summary>
    public Observation With(LeaseSpec? spec, long now) => spec == Seen ? this : new(spec, now);

    /// <summary>Whether somebody holds the lease, as far as is known.</summary>
    /// <param name="time">The clock that <see cref="At"/> is of.</param>
    public bool IsHeld(TimeProvider time) => Seen is { HolderIdentity.Length: > 0 } && time.GetElapsedTime(At) < TimeSpan.FromSeconds(Math.Clamp(Seen.LeaseDurationSeconds ?? 0, 1, 300));
}
