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
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Cache<T> _cache = new();
    private readonly string _resource = kind.GroupResource;
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Informer(ApiClient client, ListQuery query, TimeProvider time, ILogger logger)
        : this(client, KindInfo.Of<T>(), query, time, logger)
    {
    }

    public ICache<T> Cache => _cache;

    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _synced.Task.WaitAsync(cancellationToken);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var pause = TimeSpan.Zero;
        while (true)
        {
            try
            {
                var list = await client.ListAllAsync<T>(kind, query, cancellationToken);
                var count = list.Items.Count;
                _cache.Replace(list.Items);
                if (_synced.TrySetResult()) LogSynced(_resource, count);
                pause = TimeSpan.Zero;
                await FollowAsync(list.Metadata.ResourceVersion, cancellationToken);
            }
            catch (ApiException expired) when (expired.Code == 410)
            {
                LogRelist(_resource);
            }
            catch (ApiException failure)
            {
                LogFailure(_resource, failure.Message);
            }
            // Also behind a 410: a server that answers so each time must not be asked in a tight loop.
            await Task.Delay(pause, time, cancellationToken);
            pause = TimeSpan.FromTicks(Math.Clamp(pause.Ticks * 2, TimeSpan.FromMilliseconds(250).Ticks, LongestPause.Ticks));
        }
    }

    private async Task FollowAsync(string? version, CancellationToken cancellationToken)
    {
        await foreach (var change in client.WatchAsync<T>(kind, query with { ResourceVersion = version }, cancellationToken))
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
                    break;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "cache of {Resource} filled with {Count} objects")]
    private partial void LogSynced(string resource, int count);

    [LoggerMessage(Level = LogLevel.Debug, Message = "watch of {Resource} is too old, listing again")]
    private partial void LogRelist(string resource);

    [LoggerMessage(Level = LogLevel.Warning, Message = "cache of {Resource} can't be kept up to date, trying again: {Failure}")]
    private partial void LogFailure(string resource, string failure);
}
