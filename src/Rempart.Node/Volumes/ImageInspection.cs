using System.Text.Json;
using Rempart.Node.Machines;

namespace Rempart.Node.Volumes;

/// <summary>Judges what `qemu-img info --output=json` said of an uploaded disk. Its words may be the uploader's: they are bounded and nothing but compared.</summary>
internal static class ImageInspection
{
    /// <summary>The virtual size in bytes of an acceptable disk.</summary>
    /// <exception cref="VolumeException">it is not acceptable.</exception>
    internal static long VirtualSize(string output, ImageRequest request)
    {
        try
        {
            using var document = JsonDocument.Parse(output, new JsonDocumentOptions { MaxDepth = 32 });
            return Judge(document.RootElement, request);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new VolumeException(VolumeFault.Refused, $"the disk can't be read as `{Name(request.Format)}`", exception);
        }
    }

    internal static string Name(DiskFormat format) => format == DiskFormat.Raw ? "raw" : "qcow2";

    private static long Judge(JsonElement info, ImageRequest request)
    {
        if (info.GetProperty("format").GetString() != Name(request.Format)) throw Refuse($"is not `{Name(request.Format)}`, the format declared for it");
        if (info.TryGetProperty("backing-filename", out _) || info.TryGetProperty("full-backing-filename", out _)) throw Refuse("has a backing file; flatten it first with `qemu-img convert`");
        if (info.TryGetProperty("encrypted", out var encrypted) && encrypted.GetBoolean()) throw Refuse("is encrypted");
        if (info.TryGetProperty("format-specific", out var specific) && specific.TryGetProperty("data", out var data))
        {
            if (data.TryGetProperty("data-file", out _)) throw Refuse("keeps its data in another file; flatten it first with `qemu-img convert`");
            if (data.TryGetProperty("encrypt", out _)) throw Refuse("is encrypted");
            if (data.TryGetProperty("corrupt", out var corrupt) && corrupt.GetBoolean()) throw Refuse("is marked as corrupt");
        }
        var size = info.GetProperty("virtual-size").GetInt64();
        if (size > request.MaxVirtualSize) throw new VolumeException(VolumeFault.TooLarge, $"the disk is {size} bytes large, more than `maxVirtualSize`, {request.MaxVirtualSize}");
        if (size < 512) throw Refuse("is empty");
        return size;
    }

    private static VolumeException Refuse(string what) => new(VolumeFault.Refused, $"the disk {what}");
}
