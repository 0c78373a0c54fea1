using System.Text.Json;
using Rempart.Linux;

namespace Rempart.Node.Agent;

/// <summary>The node's memory of its cluster on disk. One that can't be read is an error, never a fresh start: that would believe any cluster.</summary>
internal sealed class ClusterMarkFile(string path)
{
    /// <exception cref="JsonException">The file is damaged.</exception>
    public ClusterMark? Read() => File.Exists(path) ? JsonSerializer.Deserialize<ClusterMark>(File.ReadAllBytes(path)) ?? throw new JsonException($"`{path}` holds nothing") : null;

    public void Write(ClusterMark mark) => DurableFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(mark), UnixFileMode.UserRead | UnixFileMode.UserWrite);

    /// <summary>Forgets the cluster: the node joins one anew.</summary>
    public void Delete() => File.Delete(path);
}
