using System.Text.Json;
using Rempart.Linux;

namespace Rempart.Node.Volumes;

/// <summary>What a folder bears that was given to a pool: it is not given to another one, and an empty folder below a disk that is not mounted is not taken for it.</summary>
/// <param name="Pool">name of the pool.</param>
/// <param name="Node">name of the host.</param>
internal sealed record PoolMark(string Pool, string Node)
{
    internal const string FileName = ".rempart-pool";

    private const int Longest = 4096;

    /// <summary>The mark of a folder; null without one.</summary>
    /// <exception cref="VolumeException">there is something of its name that is none.</exception>
    internal static PoolMark? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (FileEntry.Find(path) is not { } entry) return null;
        if (entry is not { Kind: FileEntryKind.File, Owner: 0 } || (entry.Mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != UnixFileMode.None || new FileInfo(path).Length > Longest) throw Strange(path);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), PoolJson.Default.PoolMark) ?? throw Strange(path);
        }
        catch (JsonException)
        {
            throw Strange(path);
        }
    }

    /// <summary>Marks a folder, unless it bears this mark.</summary>
    /// <exception cref="VolumeException">it bears another one.</exception>
    internal void Claim(string folder)
    {
        if (Read(folder) is not { } there)
        {
            DurableFile.Write(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, PoolJson.Default.PoolMark), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return;
        }

        if (there != this) throw new VolumeException(VolumeFault.InUse, $"`{folder}` belongs to pool `{there.Pool}` of host `{there.Node}`: take it away from there first, or remove `{FileName}` in it if what it holds may go");
    }

    private static VolumeException Strange(string path) => new(VolumeFault.Refused, $"`{path}` is no mark of a pool: look at what it is, and remove it");
}
