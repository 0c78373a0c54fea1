using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Tunnel;

/// <summary>The images that bytes come for now, one transfer each, and the nodes that may receive them.</summary>
internal sealed class ImageTransfers(ObjectCache cache, TunnelServer tunnels, ImageUploads uploads)
{
    /// <summary>Begins the only transfer of an image; disposal ends it.</summary>
    /// <param name="image">The image.</param>
    /// <exception cref="ApiException">409: it is ready, being deleted, another one is under way, or the same bytes are being deleted.</exception>
    public IDisposable Enter(Image image)
    {
        var (kind, name) = (KindInfo.Of<Image>(), image.Metadata.Name!);
        if (image.Status?.Phase == "Ready") throw Failures.Conflict(kind, name, "the image is ready, and images never change");
        if (image.Metadata.DeletionTimestamp is not null) throw Failures.Conflict(kind, name, "the image is being deleted");
        return uploads.Begin(image) is { } busy ? throw Failures.Conflict(kind, name, busy) : new Place(uploads, image);
    }

    /// <summary>A ready node with a tunnel: the one that has a part of the bytes, else the one with the fewest streams.</summary>
    /// <param name="image">The image.</param>
    /// <exception cref="ApiException">503: there is none.</exception>
    public TunnelSession Choose(Image image) => cache.List(KindInfo.Of<Node>(), null).Select(o => o.As<Node>())
        .Where(node => node.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) == true)
        .Select(node => tunnels.Find(node.Metadata.Name!)).OfType<TunnelSession>()
        .OrderBy(session => session.Node != image.Status?.ReceivingNode).ThenBy(session => session.Streams).ThenBy(session => session.Node, StringComparer.Ordinal)
        .FirstOrDefault() ?? throw Failures.Unavailable("no node that is ready is connected to this server: look at `kubectl get nodes`", null);

    /// <summary>Opens a stream about an image to a node.</summary>
    /// <param name="session">The node's tunnel.</param>
    /// <param name="context">The request that it is for.</param>
    /// <param name="stream">Type of the stream.</param>
    /// <param name="image">The image.</param>
    /// <param name="told">Adds what the node is told besides.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ApiException">The node refuses it.</exception>
    public async Task<NodeStream> OpenAsync(TunnelSession session, RequestContext context, string stream, Image image, Func<StreamRequest, StreamRequest> told, CancellationToken cancellationToken)
    {
        var meta = image.Metadata;
        try
        {
            var request = new StreamRequest(KindInfo.Of<Image>().Kind, null, meta.Name!, meta.Uid!, stream, context.AuditId, context.RequiredCaller.Name) { Image = image.Spec };
            return await tunnels.OpenAsync(session, told(request), cancellationToken);
        }
        catch (StreamRefusedException refused)
        {
            throw StreamFailures.Of(KindInfo.Of<Image>(), meta.Name!, session.Node, refused.End);
        }
    }

    private sealed class Place(ImageUploads uploads, Image image) : IDisposable
    {
        public void Dispose() => uploads.End(image);
    }
}
