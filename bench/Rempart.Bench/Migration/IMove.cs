namespace Rempart.Bench.Migration;

/// <summary>One way to move the guest, to and fro between two places.</summary>
internal interface IMove : IAsyncDisposable
{
    /// <summary>As a row of a table begins.</summary>
    string Name { get; }

    /// <summary>Starts the guest, and waits until its memory is filled.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    Task HoldAsync(CancellationToken cancellationToken);

    Task ResumeAsync(CancellationToken cancellationToken);

    /// <summary>Moves the running guest to where it is not.</summary>
    /// <exception cref="BenchException">it did not arrive.</exception>
    Task<MoveTimes> MoveAsync(CancellationToken cancellationToken);
}
