namespace Rempart.Api.Storage;

/// <summary>Words that node, controllers and server agree on.</summary>
public static class VolumeMarks
{
    /// <summary>
    /// Finalizer of a volume: holds it until its data is deleted, which the node says by giving up <c>status.nodeName</c>. Nodes
    /// put data only into volumes that have it.
    /// </summary>
    public const string Finalizer = "storage.rempart.dev/data";
}
