namespace Rempart.Store.Sqlite;

/// <summary>A compaction on its way: the floor is raised once, then old versions are swept a batch at a time between commits.</summary>
internal sealed class CompactionRequest(long revision)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Revision => revision;

    public Task Done => _done.Task;

    public void Complete() => _done.TrySetResult();

    public void Fail(StoreException failure) => _done.TrySetException(failure);
}
