namespace Rempart.Api.Storage;

/// <summary>Words that server and administrators meet in images.</summary>
public static class ImageMarks
{
    /// <summary>Finalizer of an image: holds it until the nodes in <c>status.nodes</c> have deleted its bytes. The server adds it before the first bytes come.</summary>
    public const string Finalizer = "storage.rempart.dev/data";

    /// <summary>Condition of an image that is being deleted: false with what still holds its bytes.</summary>
    public const string Removed = "Removed";
}
