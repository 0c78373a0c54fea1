namespace Rempart.Bench.Migration;

/// <summary>One move.</summary>
/// <param name="Pause">between the guest's last byte on the source's console and its first on the target's.</param>
/// <param name="Total">from the target's first command to the guest's first byte there.</param>
/// <param name="Reported">the pause as QEMU tells it.</param>
internal sealed record MoveTimes(TimeSpan Pause, TimeSpan Total, TimeSpan Reported);
