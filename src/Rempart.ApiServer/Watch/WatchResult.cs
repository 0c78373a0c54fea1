using System.IO.Pipelines;
using Rempart.Api.Meta;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Flow;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Watch;

/// <summary>A stream of changes, one JSON document a line, until its time is over, the client goes, falls behind or may not watch any more.</summary>
internal sealed record WatchResult(Watcher Watcher, Selection Selection, AccessWatch Access, IRefusalAudit Refusals, WatchOptions Options) : ApiResult
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    public override async Task WriteAsync(RequestContext context, CancellationToken cancellationToken)
    {
        using var watcher = Watcher;
        var accept = AcceptHeader.Choose(context.Http.Request.Headers.Accept);
        var lines = new WatchLines(watcher.Kind, Selection, context, accept.As);
        ResponseWriter.Begin(context, 200, "application/json");
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Options.Stopping);
        end.CancelAfter(Options.Timeout);
        var withdrawn = EndWithAccessAsync(context, end);
        try
        {
            await context.Http.Response.StartAsync(end.Token);
            await StreamAsync(context.Http.Response.BodyWriter, watcher, lines, context.Permit, end.Token);
        }
        catch (OperationCanceledException)
        {
            // The end of a watch's time is no failure: the client begins again.
        }
        finally
        {
            await end.CancelAsync();
        }

        if (await withdrawn is { } refusal && !cancellationToken.IsCancellationRequested) await RefuseAsync(context, refusal, cancellationToken);
    }

    private async Task<ApiStatus?> EndWithAccessAsync(RequestContext context, CancellationTokenSource end)
    {
        try
        {
            var refusal = await Access.RefusedAsync(context, end.Token);
            await end.CancelAsync();
            return refusal;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    // As kube-apiserver ends a watch that has failed: clients show the Status, or list again and are refused there.
    private async Task RefuseAsync(RequestContext context, ApiStatus refusal, CancellationToken cancellationToken)
    {
        await Refusals.RefusedAsync(context, refusal);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Farewell);
        try
        {
            var output = context.Http.Response.BodyWriter;
            WatchLines.Error(output, refusal);
            await output.FlushAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // Who does not read is not waited for.
            context.Http.Abort();
        }
    }

    private async Task StreamAsync(PipeWriter output, Watcher watcher, WatchLines lines, FlowPermit? permit, CancellationToken cancellationToken)
    {
        foreach (var change in watcher.First)
        {
            lines.Write(output, change);
            if (output.UnflushedBytes > 64 * 1024) await output.FlushAsync(cancellationToken);
        }

        if (Options.InitialEventsEnd) lines.Bookmark(output, watcher.StartRevision, initialEnd: true);
        await output.FlushAsync(cancellationToken);
        permit?.GoOn();
        while (true)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(Options.BookmarkEvery);
            var reached = watcher.ReachedRevision;
            try
            {
                if (!await watcher.Events.WaitToReadAsync(patience.Token)) return;
                while (watcher.Events.TryRead(out var change))
                {
                    lines.Write(output, change);
                    if (output.UnflushedBytes > 64 * 1024) await output.FlushAsync(cancellationToken);
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                if (Options.Bookmarks && watcher.Events.Count == 0) lines.Bookmark(output, reached, initialEnd: false);
            }

            await output.FlushAsync(cancellationToken);
        }
    }
}
