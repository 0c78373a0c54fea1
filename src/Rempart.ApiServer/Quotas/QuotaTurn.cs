using Rempart.Store;

namespace Rempart.ApiServer.Quotas;

/// <summary>A write, or a count of all there is, that waits for its turn.</summary>
/// <param name="Charge">The write; null for a count.</param>
internal sealed record QuotaTurn(QuotaCharge? Charge)
{
    private readonly TaskCompletionSource<CommitResult?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The outcome; null of a count.</summary>
    public Task<CommitResult?> Done => _done.Task;

    /// <summary>What a count found to be wrong, by quota.</summary>
    public List<(string Quota, string What)> Wrong { get; } = [];

    public void Complete(CommitResult? result) => _done.TrySetResult(result);

    public void Fail(Exception why) => _done.TrySetException(why);
}
