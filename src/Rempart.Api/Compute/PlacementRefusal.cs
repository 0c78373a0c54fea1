namespace Rempart.Api.Compute;

/// <summary>Hosts that one filter refused for one reason.</summary>
public sealed record PlacementRefusal
{
    /// <summary>The filter, in CamelCase: <c>Cordon</c>, <c>Memory</c>, <c>Rule</c>, …</summary>
    public required string Filter { get; init; }

    /// <summary>How many hosts.</summary>
    public required int Hosts { get; init; }

    /// <summary>Count and reason, such as <c>2 lack memory (need 4Gi, 1Gi free)</c>.</summary>
    public required string Message { get; init; }
}
