namespace Rempart.Api.Compute;

/// <summary>One volume of a machine that moves, and where to.</summary>
public sealed record MigrationVolume
{
    /// <summary>Name of the Volume, in the same project; one of the machine's.</summary>
    public required string Name { get; init; }

    /// <summary>StoragePool that it is to be in afterwards.</summary>
    public required string Pool { get; init; }
}
