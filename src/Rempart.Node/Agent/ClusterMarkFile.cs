using System.Text.Json;
using Rempart.Linux;

namespace Rempart.Node.Agent;

/// <summary>The node's memory of its cluster on disk. One that can't be read is an error, never a fresh start: that would believe any cluster.</summary>
internal sealed class ClusterMarkFile(string path)
{
    /// <exception cref="JsonException">The file is damaged.</exception>
    public ClusterMark? Read()
    {
        if (!File.Exists(path)) return null;
        try
        {
            if (JsonSerializer.Deserialize<ClusterMark>(File.ReadAllBytes(path)) is { NodeUid: not null } mark) return mark;
        }
        catch (JsonException wrong)
        {
            throw new JsonException($"`{path}` can't be read: {wrong.Message}", wrong);
        }
        throw new JsonException($"`{path}` holds nothing");
    }

    public void Write(ClusterMark mark) => DurableFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(mark), UnixFileMode.UserRead | UnixFileMode.UserWrite);

    /// <summary>Forgets the cluster: the node joins one anew.</summary>
    public void Delete() => File.Delete(path);
}
