using Rempart.Api.Tunnel;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tunnel;

/// <summary>Deletes the bytes of an image whose object is being deleted. The server looks that no other image has them; what is cloned of them here stays.</summary>
internal sealed class RemovalHandler(IImageStore images) : IStreamHandler
{
    private const string DigestPrefix = "sha256:";

    public string Kind => "Image";

    public string Stream => "removal";

    public async Task<StreamEnd> HandleAsync(StreamOpening opening, FrameStream frames, CancellationToken cancellationToken)
    {
        if (opening.Image is not { } spec || !spec.Digest.StartsWith(DigestPrefix, StringComparison.Ordinal))
            return new StreamEnd { Reason = nameof(VolumeFault.Refused), Message = "the server asks to delete something that this node does not know: is the agent older than the server?" };
        await frames.WriteAsync(FrameChannel.Opened, default, cancellationToken);
        try
        {
            await images.DeleteAsync(spec.Digest[DigestPrefix.Length..], cancellationToken);
            return new StreamEnd { Reason = StreamEnd.Completed };
        }
        catch (VolumeException refused)
        {
            return new StreamEnd { Reason = refused.Fault.ToString(), Message = refused.Message };
        }
    }
}
