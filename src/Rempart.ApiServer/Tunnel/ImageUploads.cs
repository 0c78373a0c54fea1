using Rempart.Api.Storage;

namespace Rempart.ApiServer.Tunnel;

/// <summary>
/// Which images bytes come for now, and which bytes are being deleted. Nodes keep bytes by their digest, which two images may share:
/// those of one must not be deleted while they come for the other.
/// </summary>
internal sealed class ImageUploads
{
    private readonly Lock gate = new();

    // Images by UID, with the digest of their bytes.
    private readonly Dictionary<string, string> coming = new(StringComparer.Ordinal);
    private readonly HashSet<string> going = new(StringComparer.Ordinal);

    /// <summary>Begins an upload; why not, otherwise null.</summary>
    public string? Begin(Image image)
    {
        lock (gate)
        {
            if (going.Contains(image.Spec.Digest)) return "the same bytes are being deleted at this moment: try again";
            return coming.TryAdd(image.Metadata.Uid!, image.Spec.Digest) ? null : "its bytes come already";
        }
    }

    /// <summary>Ends an upload.</summary>
    public void End(Image image)
    {
        lock (gate) coming.Remove(image.Metadata.Uid!);
    }

    /// <summary>Whether bytes come for an image.</summary>
    public bool IsUnderWay(Image image)
    {
        lock (gate) return coming.ContainsKey(image.Metadata.Uid!);
    }

    /// <summary>Begins to delete bytes; false while they come for any image.</summary>
    public bool BeginRemoval(string digest)
    {
        lock (gate) return !coming.ContainsValue(digest) && going.Add(digest);
    }

    /// <summary>Ends the deletion of bytes, however it went.</summary>
    public void EndRemoval(string digest)
    {
        lock (gate) going.Remove(digest);
    }
}
