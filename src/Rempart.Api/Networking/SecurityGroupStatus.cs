using Rempart.Api.Meta;

namespace Rempart.Api.Networking;

/// <summary>Whether a group's rules are in force. Written by the network controller.</summary>
public sealed record SecurityGroupStatus
{
    /// <summary>The metadata.generation last acted on.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary><c>Ready</c>.</summary>
    [ListPatch("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
