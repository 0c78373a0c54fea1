namespace Rempart.Node.Tests.Battery;

/// <summary>One thing that a taken-over program in a jail would try.</summary>
/// <param name="Group">where it stands in the table.</param>
/// <param name="Name">what is tried.</param>
/// <param name="Behind">what holds it where the filter does not, or stands behind the filter; words of the table.</param>
/// <param name="Script">its system calls; the first that fails, or the last, is its result.</param>
internal sealed record Attempt(string Group, string Name, string Behind, Action<AttemptScript> Script)
{
    /// <summary>What root is told outside the jail where that is no success: the thing named is not there, which is found after the permission.</summary>
    public string? Outside { get; init; }

    /// <summary>The jail is meant to allow it.</summary>
    public bool IsGranted { get; init; }

    /// <summary>Its result is what the broker has answered: the first 8 bytes.</summary>
    public bool IsAnswer { get; init; }
}
