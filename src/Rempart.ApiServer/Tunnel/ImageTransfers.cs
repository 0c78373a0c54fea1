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
    /// <param name="node">A node that is to have a copy; null for the first one.</param>
    /// <exception cref="ApiException">409: it is ready (on that node), being deleted, another one is under way, or the same bytes are being deleted.</exception>
    public IDisposable Enter(Image image, string? node = null)
    {
        var (kind, name) = (KindInfo.Of<Image>(), image.Metadata.Name!);
        if (image.Status?.Phase == "Ready" && node is null) throw Failures.Conflict(kind, name, "the image is ready, and images never change; to have its bytes on a further node say which with `?node=`");
        if (image.Status?.Phase == "Ready" && image.Status.Nodes?.Contains(node!) == true) throw Failures.Conflict(kind, name, $"node `{node}` has the image");
        if (image.Status?.Phase == "Ready" && image.Status.FormerNodes?.Contains(node!) == true) throw Failures.Unavailable($"what an earlier transfer left on node `{node}` is being deleted", null);
        if (image.Metadata.DeletionTimestamp is not null) throw Failures.Conflict(kind, name, "the image is being deleted");
        return uploads.Begin(image) is { } busy ? throw Failures.Conflict(kind, name, busy) : new Place(uploads, image);
    }

    /// <summary>A ready node with a tunnel: the one that has a part of the bytes, else the one with the fewest streams.</summary>
    /// <param name="image">The image.</param>
    /// <param name="wanted">The node that it has to be; null for any.</param>
    /// <exception cref="ApiException">503: there is none.</exception>
    public TunnelSession Choose(Image image, string? wanted = null) => cache.List(KindInfo.Of<Node>(), null).Select(o => o.As<Node>())
        .Where(node => (wanted is null || node.Metadata.Name == wanted) && node.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) == true)
        .Select(node => tunnels.Find(node.Metadata.Name!)).OfType<TunnelSession>()
        .OrderBy(session => session.Node != image.Status?.ReceivingNode).ThenBy(session => session.Streams).ThenBy(session => session.Node, StringComparer.Ordinal)
        .FirstOrDefault() ?? throw Failures.Unavailable($"{(wanted is null ? "no node that is ready is" : $"node `{wanted}` is not ready and")} connected to this server: look at `kubectl get nodes`", null);

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
