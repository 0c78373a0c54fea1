namespace Rempart.Node.Migration;

/// <summary>
/// How long a guest may stand still for the last of its memory. QEMU stops the guest as soon as what is left can be sent within its limit, so a pause is as long as
/// the limit lets it be: it begins with a fifth of what is allowed and is raised with each time that the guest's memory was gone through and it was not enough. Pure.
/// </summary>
internal static class DowntimeSteps
{
    private const int Steps = 5;
    // One over all of the memory, and one over what was written meanwhile.
    private const int FirstPasses = 3;

    /// <summary>Whether a limit other than the first is due.</summary>
    /// <param name="passes">how often QEMU looked for what is to be sent: 1 when it begins.</param>
    internal static bool IsRaised(long passes) => passes > FirstPasses;

    /// <summary>Milliseconds, at least 1.</summary>
    /// <param name="passes">as above.</param>
    /// <param name="most">milliseconds that are allowed.</param>
    internal static int At(long passes, int most) => Math.Max(1, (int)(most * (1 + Math.Clamp(passes - FirstPasses, 0, Steps - 1)) / Steps));
}
