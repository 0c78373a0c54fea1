using System.Globalization;
using Rempart.Api.Coordination;

namespace Rempart.Policy.Placement;

/// <summary>
/// When leases were last seen to be renewed, by one's own clock. What time a lease tells is its node's: a clock that is wrong there, or was set here,
/// must make no host look dead, as in kube's node lifecycle and in elections.
/// </summary>
public sealed class LeaseSightings
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (DateTimeOffset? Renewed, string? Holder, long Version, DateTimeOffset Seen)> _seen = new(StringComparer.Ordinal);

    /// <summary>When a lease lapses as it is known now: counted from when this renewal was first shown here.</summary>
    /// <param name="lease">A node's lease.</param>
    /// <param name="now">The time.</param>
    public DateTimeOffset LapsesAt(Lease lease, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(lease);
        var (name, renewed, holder) = (lease.Metadata.Name!, lease.Spec?.RenewTime?.Value, lease.Spec?.HolderIdentity);
        // A cache may show an older one than was asked for before.
        long? version = long.TryParse(lease.Metadata.ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        lock (_gate)
        {
            if (!_seen.TryGetValue(name, out var last) || ((last.Renewed, last.Holder) != (renewed, holder) && !(version <= last.Version))) _seen[name] = last = (renewed, holder, version ?? 0, now);
            return last.Seen + HostLease.Lasts(lease);
        }
    }

    /// <summary>A node is gone.</summary>
    public void Forget(string node)
    {
        lock (_gate) _seen.Remove(node);
    }
}
