using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Api.Tunnel;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Tunnel;

/// <summary><c>images/NAME/upload</c>: the bytes of an image, sent on to a node as they come. Answered with the image once a node holds them. With <c>?node=NAME</c> that node gets them, of an image that is ready too: a copy.</summary>
internal sealed class ImageUploadSubresource(ObjectCache cache, ImageTransfers transfers, ImageProgress progress, ImageRemoval removal, AccessWatch access, IStreamAudit audit, TimeProvider time, CancellationToken stopping) : ISubresource
{
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(10);

    public KindInfo Kind { get; } = KindInfo.Of<Image>();

    public string Name => "upload";

    public SubresourceInfo Info { get; } = new("upload", nameof(Image), ["update"]);

    public async Task<ApiResult?> HandleAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        var (info, http) = (context.Info, context.Http);
        if (info.Verb != "update" || info.Rest.Count > 0) throw Failures.MethodNotAllowed();
        if (BodyReader.MediaType(http.Request) != "application/octet-stream") throw Failures.UnsupportedMediaType("the bytes of an image are sent as application/octet-stream");
        if (http.Request.ContentLength is not > 0) throw ApiException.Failure(411, StatusReason.BadRequest, "say in Content-Length how many bytes will come");
        await cache.SyncAsync(cancellationToken);
        var image = cache.Get(Kind, null, info.Name!)?.As<Image>() ?? throw Failures.NotFound(Kind, info.Name!);
        if (image.Spec.Source is not null) throw Failures.Conflict(Kind, info.Name!, "its bytes are fetched from its source; make one without a source to upload them");
        var node = context.Query.Node;
        using (transfers.Enter(image, node)) await UploadAsync(context, image, node, cancellationToken);

        await cache.SyncAsync(cancellationToken);
        return new DocumentResult(200, cache.Get(Kind, null, info.Name!) ?? throw Failures.NotFound(Kind, info.Name!));
    }

    private async Task UploadAsync(RequestContext context, Image image, string? node, CancellationToken cancellationToken)
    {
        var session = transfers.Choose(image, node);
        context.Http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
        context.Http.Features.Get<IHttpMinRequestBodyDataRateFeature>()!.MinDataRate = null;
        var began = time.GetTimestamp();
        await RecordedTransfer.RunAsync(audit, context, "upload", $"upload of {image.Spec.Digest} to node {session.Node}", async () =>
        {
            var end = await SendAsync(context, image, session, cancellationToken);
            if (end.Reason != StreamEnd.Completed) throw StreamFailures.Of(Kind, image.Metadata.Name!, session.Node, end);
            return string.Create(CultureInfo.InvariantCulture, $"upload completed: {context.Http.Request.ContentLength} bytes, {time.GetElapsedTime(began).TotalSeconds:0} s");
        }, cancellationToken);
    }

    private async Task<StreamEnd> SendAsync(RequestContext context, Image image, TunnelSession session, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, session.Ended, stopping);
        await using var stream = await transfers.OpenAsync(session, context, Name, image, request => request with { Length = context.Http.Request.ContentLength }, over.Token);
        await progress.UploadingAsync(image, context.RequiredCaller.Name, session.Node, over.Token);
        StreamEnd end;
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(over.Token);
        var lost = EndWithAccessAsync(context, over, asking.Token);
        try
        {
            end = await new UploadRelay(stream.Frames, time).RunAsync(context.Http.Request.Body, () => progress.ConvertingAsync(image, over.Token), over.Token);
            await asking.CancelAsync();
            await lost;
        }
        catch (Exception cut) when (cut is IOException or OperationCanceledException or ObjectDisposedException or ApiException)
        {
            await asking.CancelAsync();
            await stream.DisposeAsync();
            using var patience = new CancellationTokenSource(Aftermath, time);
            await progress.CutAsync(image, session.Node, patience.Token);
            if (await lost is { } refusal) throw new ApiException(refusal, cut);
            if (cut is ApiException || cancellationToken.IsCancellationRequested) throw;
            throw Failures.Unavailable($"the upload was cut: {(cut is OperationCanceledException ? "the node has gone" : cut.Message)}; nothing was kept, send it again", cut);
        }

        // The node holds it, or not: whether the client is still there does not matter for what is written.
        using var enough = new CancellationTokenSource(Aftermath, time);
        await stream.EndAsync(new StreamEnd { Reason = StreamEnd.Completed }, enough.Token);
        try
        {
            await progress.EndedAsync(image, session.Node, end, enough.Token);
        }
        catch (ApiException gone) when (gone.Code == 404)
        {
            if (end.Reason == StreamEnd.Completed) await removal.AbandonAsync(image, session.Node, enough.Token);
            throw;
        }
        return end;
    }

    // Null when the upload ended before its caller's right did.
    private async Task<ApiStatus?> EndWithAccessAsync(RequestContext context, CancellationTokenSource over, CancellationToken cancellationToken)
    {
        try
        {
            var refusal = await access.RefusedAsync(context, cancellationToken);
            await over.CancelAsync();
            return refusal;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
