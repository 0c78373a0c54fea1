using Microsoft.Extensions.Logging;
using Rempart.Api.Client;
using Rempart.Api.Meta;

namespace Rempart.Runtime.Informers;

/// <summary>
/// A cache that is filled by a list and kept by a watch; when the watch is too old (410) or breaks for good, it lists again.
/// An object that went and came back in between is told as one change.
/// </summary>
/// <typeparam name="T">The kind, or another view of it such as <see cref="PartialObjectMetadata"/>.</typeparam>
public sealed partial class Informer<T>(ApiClient client, KindInfo kind, ListQuery query, TimeProvider time, ILogger logger) : IInformer where T : ApiObject
{
    private readonly Cache<T> _cache = new();
    private readonly string _resource = kind.GroupResource;
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Informer(ApiClient client, ListQuery query, TimeProvider time, ILogger logger)
        : this(client, KindInfo.Of<T>(), query, time, logger)
    {
    }

    public ICache<T> Cache => _cache;

    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _synced.Task.WaitAsync(cancellationToken);

    /// <summary>After this time all subscribers are told of all objects once more, as they are; null for never. What a lost wake-up left behind is then done after all.</summary>
    public TimeSpan? Resync { get; init; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var backOff = new InformerBackOff();
        InformerMetrics.Follow(this, _resource, () => _cache.Count);
        try
        {
            while (true)
            {
                try
                {
                    var list = await client.ListAllAsync<T>(kind, query, cancellationToken);
                    InformerMetrics.Listed(_resource);
                    var count = list.Items.Count;
                    _cache.Replace(list.Items);
                    if (_synced.TrySetResult()) LogSynced(_resource, count);
                    backOff.Reset();
                    await FollowAsync(list.Metadata.ResourceVersion, cancellationToken);
                }
                catch (ApiException expired) when (expired.Code == 410)
                {
                    LogRelist(_resource);
                }
                catch (ApiException failure)
                {
                    InformerMetrics.Failed(_resource, failure.Code);
                    LogFailure(_resource, failure.Message);
                }
                // Also behind a 410: a server that answers so each time must not be asked in a tight loop.
                await Task.Delay(backOff.Next(), time, cancellationToken);
            }
        }
        finally
        {
            InformerMetrics.Unfollow(this);
        }
    }

    private async Task FollowAsync(string? version, CancellationToken cancellationToken)
    {
        using var resync = Resync is { } every ? new PeriodicTimer(every, time) : null;
        var due = resync?.WaitForNextTickAsync(cancellationToken).AsTask();
        await using var changes = client.WatchAsync<T>(kind, query with { ResourceVersion = version }, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var next = changes.MoveNextAsync().AsTask();
        while (true)
        {
            // On this loop as well: subscribers are never told two things at once.
            if (due is not null && await Task.WhenAny(next, due) == due)
            {
                await due;
                _cache.TellAgain();
                due = resync!.WaitForNextTickAsync(cancellationToken).AsTask();
                continue;
            }

            if (!await next) return;
            Take(changes.Current);
            next = changes.MoveNextAsync().AsTask();
        }
    }

    private void Take(ApiEvent<T> change)
    {
        switch (change.Type)
        {
            case ApiEventType.Added or ApiEventType.Modified:
                _cache.Set(change.Object!);
                break;
            case ApiEventType.Deleted:
                _cache.Remove(ResourceKey.Of(change.Object!));
                break;
            case ApiEventType.Bookmark:
                return;
        }

        InformerMetrics.Changed(_resource);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "cache of {Resource} filled with {Count} objects")]
    private partial void LogSynced(string resource, int count);

    [LoggerMessage(Level = LogLevel.Debug, Message = "watch of {Resource} is too old, listing again")]
    private partial void LogRelist(string resource);

    [LoggerMessage(Level = LogLevel.Warning, Message = "cache of {Resource} can't be kept up to date, trying again: {Failure}")]
    private partial void LogFailure(string resource, string failure);
}
