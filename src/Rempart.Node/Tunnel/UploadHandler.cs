using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Api.Tunnel;
using Rempart.Node.Machines;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tunnel;

/// <summary>Bytes of images. What they must be comes with the opening: a node may not read an image that it has nothing to do with yet.</summary>
internal sealed class UploadHandler(IImageStore images) : IStreamHandler
{
    private static readonly Quantity LargestByDefault = Quantity.Parse("64Gi");

    public string Kind => "Image";

    public string Stream => "upload";

    public async Task<StreamEnd> HandleAsync(StreamOpening opening, FrameStream frames, CancellationToken cancellationToken)
    {
        if (opening.Image is not { } spec || opening.Length is not { } length || Request(spec) is not { } request)
            return new StreamEnd { Reason = nameof(VolumeFault.Refused), Message = "the server asks for an upload of something that this node does not know: is the agent older than the server?" };
        await frames.WriteAsync(FrameChannel.Opened, default, cancellationToken);
        await using var content = new UploadStream(frames, length, tellConversion: request.Type == ImageType.Disk);
        try
        {
            var record = await images.IngestAsync(request, content, cancellationToken);
            return new StreamEnd { Reason = StreamEnd.Completed, Size = record.Size, VirtualSize = record.VirtualSize };
        }
        catch (VolumeException refused)
        {
            return new StreamEnd { Reason = refused.Fault.ToString(), Message = refused.Message };
        }
    }

    internal static ImageRequest? Request(ImageSpec spec)
    {
        if (!spec.Digest.StartsWith("sha256:", StringComparison.Ordinal) || !Enum.TryParse<ImageType>(spec.Type, out var type)) return null;
        DiskFormat? format = (type, spec.Format) switch
        {
            (not ImageType.Disk, null) or (ImageType.Disk, "raw") => DiskFormat.Raw,
            (ImageType.Disk, "qcow2") => DiskFormat.Qcow2,
            _ => null,
        };
        return format is null ? null : new ImageRequest(spec.Digest["sha256:".Length..], type, format.Value, (spec.MaxVirtualSize ?? LargestByDefault).Units);
    }
}
