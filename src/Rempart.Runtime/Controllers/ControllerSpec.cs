namespace Rempart.Runtime.Controllers;

/// <summary>What a controller reads and what it alone writes. <see cref="ControllerHost"/> checks it at start.</summary>
public sealed record ControllerSpec
{
    /// <summary>Lower-case name; the controller acts as <c>system:controller:NAME</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Kinds whose changes wake it, and for which keys.</summary>
    public required IReadOnlyList<ControllerInput> Reads { get; init; }

    /// <summary>Fields and conditions that it alone writes, and kinds whose objects it makes.</summary>
    public required IReadOnlyList<ControllerOutput> Writes { get; init; }

    /// <summary>How many keys are reconciled at once: 1 to 32.</summary>
    public int Concurrency { get; init; } = 2;

    /// <summary>Every key is looked at again after this time even if nothing has changed; null for never.</summary>
    public TimeSpan? Resync { get; init; }

    /// <summary>User name that the controller acts as.</summary>
    public string Identity => $"system:controller:{Name}";
}
