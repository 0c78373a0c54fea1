using Microsoft.Extensions.Logging;
using Rempart.Api.Compute;
using Rempart.Api.Storage;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Objects;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Tickets;

namespace Rempart.ApiServer.Tunnel;

/// <summary>Tunnels and the streams in them, joined.</summary>
internal sealed class TunnelParts : IDisposable
{
    private readonly TicketSigner signer;

    /// <summary>Joins them.</summary>
    /// <param name="options">Keys and clock.</param>
    /// <param name="access">Ends streams whose caller may not any more.</param>
    /// <param name="cache">Objects.</param>
    /// <param name="writer">Writes as the server.</param>
    /// <param name="audit">Records streams.</param>
    /// <param name="stopping">Ends all of them.</param>
    public TunnelParts(ApiServerOptions options, AccessWatch access, ObjectCache cache, Func<IObjectWriter> writer, IStreamAudit audit, CancellationToken stopping)
    {
        var time = options.Time;
        signer = new TicketSigner(options.Keys.Authority, options.Keys.Ticket, time);
        var (tunnels, followers) = (new TunnelServer(signer, time), new MachineFollowers());
        cache.Observe<VirtualMachine>(followers);
        var uploads = new ImageUploads();
        var (transfers, progress) = (new ImageTransfers(cache, tunnels, uploads), new ImageProgress(cache, writer, options.Name, time));
        Removal = new ImageRemoval(cache, tunnels, uploads, progress, writer, time, options.Logs.CreateLogger<ImageRemoval>());
        cache.Observe<Image>(Removal);
        Subresources =
        [
            new NodeTunnelSubresource(tunnels, access, audit, time, stopping),
            new NodeProxySubresource(cache, tunnels, time),
            new ConsoleSubresource(cache, tunnels, followers, access, audit, time, stopping),
            new ImageUploadSubresource(cache, transfers, progress, Removal, access, audit, time, stopping),
            new ImageFetchSubresource(cache, transfers, progress, audit, time, stopping),
        ];
    }

    /// <summary>The paths by which nodes and callers reach them.</summary>
    public IReadOnlyList<ISubresource> Subresources { get; }

    /// <summary>Deletes the bytes of images that are deleted.</summary>
    public ImageRemoval Removal { get; }

    /// <inheritdoc/>
    public void Dispose() => signer.Dispose();
}
