using System.Globalization;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Api.Tunnel;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Tunnel;

/// <summary><c>images/NAME/fetch</c>: lets a node fetch the bytes of an image from its source. Answered with the image once that has ended, whichever way: its status says how.</summary>
internal sealed class ImageFetchSubresource(ObjectCache cache, ImageTransfers transfers, ImageProgress progress, IStreamAudit audit, TimeProvider time, CancellationToken stopping) : ISubresource
{
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(10);

    public KindInfo Kind { get; } = KindInfo.Of<Image>();

    public string Name => "fetch";

    public SubresourceInfo Info { get; } = new("fetch", nameof(Image), ["create"]);

    public async Task<ApiResult?> HandleAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        var info = context.Info;
        if (info.Verb != "create" || info.Rest.Count > 0) throw Failures.MethodNotAllowed();
        await cache.SyncAsync(cancellationToken);
        var image = cache.Get(Kind, null, info.Name!)?.As<Image>() ?? throw Failures.NotFound(Kind, info.Name!);
        if (image.Spec.Source is not { } source) throw Failures.Conflict(Kind, info.Name!, "it has no source; upload its bytes with `rempart image upload`");
        using (transfers.Enter(image))
        {
            var policy = cache.Get(KindInfo.Of<ImageSourcePolicy>(), null, ImageSourcePolicy.TheOne)?.As<ImageSourcePolicy>().Spec;
            var authority = policy?.CertificateAuthorities?.FirstOrDefault(authority => authority.Name == source.CertificateAuthority);
            if (source.CertificateAuthority is { } named && authority is null)
                await progress.FetchFailedAsync(image, new StreamEnd { Reason = "NotTrusted", Message = $"there is no certificate authority `{named}` in the ImageSourcePolicy `{ImageSourcePolicy.TheOne}`" }, cancellationToken);
            else
                await FetchAsync(context, image, new FetchTerms { AllowedRanges = policy?.AllowedRanges ?? [], Authorities = authority?.Certificates }, cancellationToken);
        }

        await cache.SyncAsync(cancellationToken);
        // One that is being deleted may stay for as long as its node has bytes of it; for who fetches it, it has gone.
        return IsThere(image) && cache.Get(Kind, null, info.Name!) is { } there ? new DocumentResult(200, there) : throw Failures.NotFound(Kind, info.Name!);
    }

    private async Task FetchAsync(RequestContext context, Image image, FetchTerms terms, CancellationToken cancellationToken)
    {
        var session = transfers.Choose(image);
        var began = time.GetTimestamp();
        await RecordedTransfer.RunAsync(audit, context, "fetch", $"fetch of {image.Spec.Digest} from {image.Spec.Source!.Url} by node {session.Node}", async () =>
        {
            var end = await RunAsync(context, image, terms, session, cancellationToken);
            return string.Create(CultureInfo.InvariantCulture, $"fetch ended after {time.GetElapsedTime(began).TotalSeconds:0} s: {end.Reason} {end.Message}");
        }, cancellationToken);
    }

    private async Task<StreamEnd> RunAsync(RequestContext context, Image image, FetchTerms terms, TunnelSession session, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, session.Ended, stopping);
        await using var stream = await transfers.OpenAsync(session, context, Name, image, request => request with { Fetch = terms }, over.Token);
        StreamEnd end;
        try
        {
            end = await new FetchRelay(stream.Frames, time).RunAsync(
                () => IsThere(image), told => progress.FetchingAsync(image, session.Node, told, over.Token), over.Token);
        }
        catch (Exception cut) when (cut is IOException or OperationCanceledException or ObjectDisposedException)
        {
            await stream.DisposeAsync();
            using var patience = new CancellationTokenSource(Aftermath, time);
            await progress.CutAsync(image, node: null, patience.Token);
            if (cancellationToken.IsCancellationRequested) throw;
            throw Failures.Unavailable($"the fetch was cut: {(cut is OperationCanceledException ? "the node has gone" : cut.Message)}; it goes on from there", cut);
        }

        using var enough = new CancellationTokenSource(Aftermath, time);
        await stream.EndAsync(new StreamEnd { Reason = end.Reason == StreamEnd.Gone ? StreamEnd.Gone : StreamEnd.Completed }, enough.Token);
        if (end.Reason == StreamEnd.Completed) await progress.EndedAsync(image, session.Node, end, enough.Token);
        else if (end.Reason != StreamEnd.Gone) await progress.FetchFailedAsync(image, end, enough.Token);
        return end;
    }

    private bool IsThere(Image image) => cache.Get(Kind, null, image.Metadata.Name!)?.As<Image>() is { Metadata.DeletionTimestamp: null } now && now.Metadata.Uid == image.Metadata.Uid;
}
