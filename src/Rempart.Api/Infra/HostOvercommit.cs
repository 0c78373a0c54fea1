namespace Rempart.Api.Infra;

/// <summary>How much more than it has a host gives out.</summary>
public sealed record HostOvercommit
{
    /// <summary>Virtual processors for each of the host's own: 1 to 64, default 4. A node's annotation <c>infra.rempart.dev/cpu-overcommit</c> comes before it.</summary>
    public int? Cpu { get; init; }

    /// <summary>Memory in percent of what the host has: 100 (default) to 200. What guests really use beyond the host's own ends in its swap, or kills machines.</summary>
    public int? MemoryPercent { get; init; }

    /// <summary>The most of <see cref="MemoryPercent"/>.</summary>
    public const int MostMemory = 200;
}
