using System.Security.Cryptography;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Watch;

/// <summary>Begins watches at the resourceVersion that a request asks for.</summary>
internal sealed class WatchStarter(ObjectCache cache, ObjectLister lister, AccessWatch access, IRefusalAudit refusals, CancellationToken stopping)
{
    private const int ShortestTimeout = 1800;
    private const int LongestTimeout = 3600;

    public async Task<ApiResult> StartAsync(RequestContext context, KindRegistration target, Selection selection, CancellationToken cancellationToken)
    {
        var query = context.Query;
        var initial = query.SendInitialEvents;
        if (initial is not null && query.ResourceVersionMatch != "NotOlderThan")
        {
            throw Failures.BadRequest("sendInitialEvents is allowed only with resourceVersionMatch \"NotOlderThan\"");
        }

        var version = query.ResourceVersion is { } text ? ListVersion.Number(text) : (long?)null;
        if (version is { } wanted) await lister.WaitAsync(wanted, cancellationToken);
        else await cache.SyncAsync(cancellationToken);

        // Without a version, with version 0, or when asked to, a watch begins with what is there.
        var fromStart = initial ?? version is null or 0;
        var kind = cache.Of(target.Kind);
        var watcher = kind.Watch(selection.Namespace, fromStart ? null : version ?? kind.Range.Current);
        if (watcher is null) throw Failures.Expired($"too old resource version: {version} ({kind.Range.Oldest})");
        var seconds = query.TimeoutSeconds is { } asked and > 0 ? Math.Min(asked, LongestTimeout) : RandomNumberGenerator.GetInt32(ShortestTimeout, LongestTimeout);
        return new WatchResult(watcher, selection, access, refusals, new WatchOptions
        {
            Timeout = TimeSpan.FromSeconds(seconds),
            Bookmarks = query.AllowWatchBookmarks,
            InitialEventsEnd = initial == true && query.AllowWatchBookmarks,
            Stopping = stopping,
        });
    }
}
