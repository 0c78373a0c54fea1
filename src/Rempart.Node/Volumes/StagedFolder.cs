using Rempart.Linux;

namespace Rempart.Node.Volumes;

/// <summary>A folder in the making.</summary>
internal sealed class StagedFolder(string path) : IDisposable
{
    internal string Folder => path;

    internal string File(string name) => Path.Combine(path, name);

    /// <summary>Makes it appear at <paramref name="place"/>, whole; its files must have been flushed to disk.</summary>
    internal void Publish(string place)
    {
        DurableFile.SyncFolder(path);
        DurableFile.Rename(path, place);
    }

    public void Dispose()
    {
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
    }
}
