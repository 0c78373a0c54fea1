using Microsoft.Win32.SafeHandles;
using Rempart.Linux;

namespace Rempart.Node.Volumes;

/// <summary>Seeds of machines as files `seeds/UID.iso`, written anew at each start from what the API says then.</summary>
internal sealed class SeedFiles(PoolFolder pool) : Agent.ISeedStore
{
    /// <summary>Writes the seed and opens it read-only; the caller owns the descriptor.</summary>
    public SafeFileHandle Open(Seed seed)
    {
        DurableFile.Replace(PathOf(seed.InstanceId), SeedImage.Write(seed), UnixFileMode.UserRead | UnixFileMode.UserWrite, remade: true);
        return File.OpenHandle(PathOf(seed.InstanceId), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>Removes a machine's seed; none is no error.</summary>
    public void Delete(string uid) => File.Delete(PathOf(uid));

    private string PathOf(string uid) =>
        Guid.TryParseExact(uid, "D", out var parsed) ? Path.Combine(pool.Seeds, parsed.ToString("D") + ".iso") : throw new VolumeException(VolumeFault.Refused, "a machine's uid is a UUID");
}
