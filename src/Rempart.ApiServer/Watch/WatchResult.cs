using Rempart.Api.Meta;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Watch;

/// <summary>A stream of changes, one JSON document a line, until its time is over, the client goes, falls behind or may not watch any more.</summary>
internal sealed record WatchResult(KindRegistration Target, Watcher Watcher, Selection Selection, AccessWatch Access, IRefusalAudit Refusals, WatchOptions Options) : ApiResult
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    public override async Task WriteAsync(RequestContext context, CancellationToken cancellationToken)
    {
        using var watcher = Watcher;
        var lines = new WatchLines(Target, Selection, context.Shape, context.Shape == Presentation.Table ? context.Tables.Printer(Target.Kind, context) : null, context.MetaVersion);
        ResponseWriter.Begin(context, 200, "application/json");
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Options.Stopping);
        end.CancelAfter(Options.Timeout);
        var (withdrawn, cut) = (EndWithAccessAsync(context, end), CutAsync(watcher, end));
        try
        {
            await context.Http.Response.StartAsync(end.Token);
            await StreamAsync(context, watcher, lines, end.Token);
        }
        catch (OperationCanceledException)
        {
            // The end of a watch's time is no failure: the client begins again. Who does not read was not waited for.
        }
        finally
        {
            await end.CancelAsync();
            await cut;
        }

        if (await withdrawn is { } refusal && !cancellationToken.IsCancellationRequested) await RefuseAsync(context, refusal, cancellationToken);
    }

    // What waits is still told to a reader that goes on reading, and its watch ends there as if its time were over.
    private static async Task CutAsync(Watcher watcher, CancellationTokenSource end)
    {
        await watcher.FellBehind.WaitAsync(end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!end.IsCancellationRequested) end.CancelAfter(Farewell);
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
        if (context.IsBroken) return;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Farewell);
        try
        {
            WatchLines.Error(context.Http.Response.BodyWriter, refusal);
            await PatientOutput.FlushAsync(context, patience.Token);
        }
        catch (OperationCanceledException)
        {
            // Who does not read is not waited for.
        }
    }

    private async Task StreamAsync(RequestContext context, Watcher watcher, WatchLines lines, CancellationToken cancellationToken)
    {
        var output = context.Http.Response.BodyWriter;
        while (watcher.TryReadFirst() is { } present)
        {
            lines.Write(output, present);
            await PatientOutput.FlushFullAsync(context, cancellationToken);
        }

        if (Options.InitialEventsEnd) lines.Bookmark(output, watcher.StartRevision, initialEnd: true);
        await PatientOutput.FlushAsync(context, cancellationToken);
        context.Permit?.GoOn();
        var (began, told, seen) = (Options.Time.GetTimestamp(), TimeSpan.Zero, watcher.StartRevision);
        while (await WaitAsync(watcher, Options.NextBookmark(told) - Options.Time.GetElapsedTime(began), cancellationToken))
        {
            // Before reading: everything up to there waits by now.
            var reached = watcher.ReachedRevision;
            while (watcher.TryRead() is { } change)
            {
                lines.Write(output, change);
                seen = change.Revision;
                await PatientOutput.FlushFullAsync(context, cancellationToken);
            }

            seen = Math.Max(seen, reached);
            if (Options.Time.GetElapsedTime(began) >= Options.NextBookmark(told))
            {
                if (Options.Bookmarks) lines.Bookmark(output, seen, initialEnd: false);
                told = Options.Time.GetElapsedTime(began);
            }

            await PatientOutput.FlushAsync(context, cancellationToken);
        }
    }

    // False when nothing will come any more; true when something has come or the time is over.
    private async Task<bool> WaitAsync(Watcher watcher, TimeSpan longest, CancellationToken cancellationToken)
    {
        if (longest <= TimeSpan.Zero) return true;
        using var time = new CancellationTokenSource(longest, Options.Time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, time.Token);
        try
        {
            return await watcher.WaitToReadAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return true;
        }
    }
}
