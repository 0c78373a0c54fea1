namespace Rempart.Node.Tests.Battery;

/// <summary>One line of the battery's table.</summary>
/// <param name="Number">of the system call, or one of the program's own.</param>
internal sealed record BatteryCall(long Number)
{
    /// <summary>At most 6; addresses come from the program's data.</summary>
    public IReadOnlyList<ulong> Arguments { get; init; } = [];

    /// <summary>At most 8 characters; what fails under a label is printed.</summary>
    public string? Label { get; init; }

    /// <summary>Success is printed too.</summary>
    public bool TellSuccess { get; init; }

    /// <summary>Where a failed call goes on; null for the next.</summary>
    public int? OnError { get; init; }

    /// <summary>Where a call that succeeded goes on; null for the next.</summary>
    public int? OnSuccess { get; init; }
}
