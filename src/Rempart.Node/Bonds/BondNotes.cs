namespace Rempart.Node.Bonds;

/// <summary>A change of bonds that is being made, or that failed.</summary>
/// <param name="Stage">how far it came.</param>
/// <param name="Change">which change: profile, generation and content.</param>
/// <param name="BootId">the boot in which it was begun: another one knows nothing of it.</param>
/// <param name="Message">why it failed.</param>
internal sealed record BondNotes(BondStage Stage, string Change, string BootId, string Message)
{
    /// <summary>The network before it.</summary>
    public NetworkState? Before { get; init; }

    /// <summary>Bonds and devices that it is about.</summary>
    public IReadOnlyList<string>? Names { get; init; }
}
