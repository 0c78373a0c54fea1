namespace Rempart.Api.Networking;

/// <summary>Rules of a group; they only ever allow.</summary>
public sealed record SecurityGroupSpec
{
    /// <summary>What members accept, at most 64 rules; answers to what they sent always pass.</summary>
    public IReadOnlyList<SecurityRule>? Ingress { get; init; }

    /// <summary>What members may send, at most 64 rules; the project's default when unset, nothing when empty.</summary>
    public IReadOnlyList<SecurityRule>? Egress { get; init; }
}
