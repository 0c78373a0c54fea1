using System.Collections.Concurrent;
using Rempart.Node.Volumes;

namespace Rempart.Node.Fetching;

/// <summary>What has come of images so far, `partials/UID/`: kept when a transfer is cut or the agent ends, for the next to go on from, and swept when nobody does.</summary>
internal sealed class Partials(PoolFolder pool, TimeProvider time)
{
    /// <summary>How long one is kept after its last byte.</summary>
    internal static readonly TimeSpan Kept = TimeSpan.FromHours(6);

    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<string, bool> inUse = new(StringComparer.Ordinal);

    /// <summary>The one of an image, made if it is not there; for one user at a time.</summary>
    /// <param name="uid">of the Image.</param>
    /// <exception cref="VolumeException"><see cref="VolumeFault.Busy"/>, or it is no UID.</exception>
    internal Partial Enter(string uid)
    {
        // It becomes a folder's name: nothing else may.
        if (!Guid.TryParseExact(uid, "D", out var id)) throw new VolumeException(VolumeFault.Refused, "the image has no UID");
        uid = id.ToString("D");
        if (!inUse.TryAdd(uid, true)) throw new VolumeException(VolumeFault.Busy, "the bytes of this image come already");
        try
        {
            return new Partial(Directory.CreateDirectory(Path.Combine(pool.Partials, uid), PoolFolder.Private).FullName, pool, () => inUse.TryRemove(uid, out _));
        }
        catch (IOException)
        {
            inUse.TryRemove(uid, out _);
            throw;
        }
    }

    /// <summary>Sweeps until cancelled.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Sweep();
            await Task.Delay(SweepEvery, time, cancellationToken);
        }
    }

    /// <summary>Removes those that nobody has gone on with for <see cref="Kept"/>.</summary>
    internal void Sweep()
    {
        foreach (var folder in Names())
        {
            var uid = Path.GetFileName(folder);
            if (!inUse.TryAdd(uid, true)) continue;
            try
            {
                var last = Directory.EnumerateFiles(folder).Select(File.GetLastWriteTimeUtc).Append(Directory.GetLastWriteTimeUtc(folder)).Max();
                if (time.GetUtcNow().UtcDateTime - last > Kept) pool.Discard(folder);
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
            {
                // Gone meanwhile, or held by a disk in trouble: the next sweep looks again, and the agent goes on.
            }
            finally
            {
                inUse.TryRemove(uid, out _);
            }
        }
    }

    private string[] Names()
    {
        try
        {
            return Directory.GetDirectories(pool.Partials);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
