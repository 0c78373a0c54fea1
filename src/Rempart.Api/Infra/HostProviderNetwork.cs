namespace Rempart.Api.Infra;

/// <summary>A physical network that a host is at.</summary>
public sealed record HostProviderNetwork
{
    /// <summary>Name of the physical network.</summary>
    public required string Name { get; init; }

    /// <summary>The device that leads there.</summary>
    public string? Device { get; init; }

    /// <summary>Whether the switch has it.</summary>
    public bool? Ready { get; init; }

    /// <summary>Why it has not.</summary>
    public string? Message { get; init; }
}
