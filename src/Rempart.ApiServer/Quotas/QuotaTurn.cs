using Rempart.Store;

namespace Rempart.ApiServer.Quotas;

/// <summary>A write, a count of all there is, or a pause of all others, that waits for its turn.</summary>
/// <param name="Charge">The write; null for a count or a pause.</param>
internal sealed record QuotaTurn(QuotaCharge? Charge)
{
    private readonly TaskCompletionSource<CommitResult?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends a pause, in which nobody else has a turn; null of what is none.</summary>
    public TaskCompletionSource? Pause { get; init; }

    /// <summary>The outcome; null of a count, and of a pause that has begun.</summary>
    public Task<CommitResult?> Done => _done.Task;

    /// <summary>What a count found to be wrong, by quota.</summary>
    public List<(string Quota, string What)> Wrong { get; } = [];

    public void Complete(CommitResult? result) => _done.TrySetResult(result);

    public void Fail(Exception why) => _done.TrySetException(why);
}
