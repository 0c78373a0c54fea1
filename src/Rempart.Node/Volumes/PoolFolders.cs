using System.Collections.Concurrent;
using Rempart.Api.Storage;
using Rempart.Linux;

namespace Rempart.Node.Volumes;

/// <summary>
/// Where the pools of type `Directory` are on this host: every decision about a pool's path is made here. <see cref="HomeName"/>, which every cluster begins with, is
/// `pool/` of the agent's folder, and has images, seeds and what comes of images besides; any other pool is `pools/NAME`. To give a pool a path of its own (a host's
/// profile), call <see cref="Place"/> whenever the profile is read, before the pool is used: it is kept over restarts as a link `pools/NAME`, and refused while
/// volumes are in the pool's present place.
/// </summary>
internal sealed class PoolFolders : IDisposable
{
    /// <summary>The pool that the server makes in a new cluster, and of volumes whose status names none.</summary>
    internal const string HomeName = StoragePool.Home;

    private const int LongestName = 253;
    private readonly string _node;
    private readonly string _others;
    private readonly ConcurrentDictionary<string, PoolFolder> _known = new(StringComparer.Ordinal);
    private readonly Lock _making = new();

    /// <summary>Makes the folders and removes what a crash left. Once, before anything else, by the one process that owns the pools.</summary>
    /// <param name="dataFolder">of the agent.</param>
    /// <param name="node">name of the host, which a pool with a path of its own bears: a disk that comes from another host is not taken for one of this one.</param>
    internal PoolFolders(string dataFolder, string node = "")
    {
        _node = node;
        Home = new PoolFolder(Path.Combine(dataFolder, "pool"));
        Home.Prepare();
        _known[HomeName] = Home;
        _others = Path.Combine(dataFolder, "pools");
        Directory.CreateDirectory(_others, PoolFolder.Private);
        // One whose disk is not mounted is used once it is.
        foreach (var name in Names().Where(IsThere)) Of(name);
    }

    internal PoolFolder Home { get; }

    /// <summary>Those that have a folder.</summary>
    internal IReadOnlyDictionary<string, PoolFolder> All => _known.Where(pool => pool.Key == HomeName || IsThere(pool.Key)).ToDictionary(StringComparer.Ordinal);

    /// <summary>All that there are: for who must not overlook one.</summary>
    /// <exception cref="VolumeException"><see cref="VolumeFault.NotFound"/>: one is not there now.</exception>
    internal IReadOnlyList<PoolFolder> Whole() => [Home, .. Names().Select(Of)];

    /// <summary>The folder of a pool, made if it is not there.</summary>
    /// <exception cref="VolumeException"><see cref="VolumeFault.NotFound"/>: the path that it was given is not there; <see cref="VolumeFault.Refused"/>: no pool can be named like this.</exception>
    internal PoolFolder Of(string name)
    {
        if (name == HomeName) return Home;
        if (!IsName(name)) throw new VolumeException(VolumeFault.Refused, "a pool's name is a DNS subdomain in lower case");
        lock (_making)
        {
            // Each time: below a disk that was unmounted lies a folder of the same name, where nothing may be written.
            if (PlaceOf(name) is { } path)
            {
                if (!Directory.Exists(path)) throw new VolumeException(VolumeFault.NotFound, $"pool `{name}` is to be in `{path}` on this host, and that is not there; mount or make it");
                if (!IsThere(name)) throw new VolumeException(VolumeFault.NotFound, $"pool `{name}` is in `{path}` on this host, and its mark `{PoolMark.FileName}` is not there: is its disk mounted?");
            }

            if (_known.TryGetValue(name, out var known)) return known;
            var folder = new PoolFolder(PathOf(name), Home.Gate);
            folder.Prepare();
            return _known[name] = folder;
        }
    }

    /// <summary>The path of its own that a pool was given here; null for one without.</summary>
    internal string? PlaceOf(string name) => IsName(name) && name != HomeName ? new FileInfo(PathOf(name)).LinkTarget : null;

    /// <summary>Gives a pool a path of its own on this host, an existing folder, and marks it; null for the usual one. Does nothing when it is there.</summary>
    /// <exception cref="VolumeException"><see cref="VolumeFault.InUse"/>: volumes are where it is now; <see cref="VolumeFault.Refused"/>: it can't be given this one.</exception>
    internal void Place(string name, string? path)
    {
        if (!IsName(name) || name == HomeName) throw new VolumeException(VolumeFault.Refused, $"pool `{name}` can't be given a path: it is in the agent's own folder, with the images");
        if (path is not null && (!Path.IsPathRooted(path) || Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)) != path)) throw new VolumeException(VolumeFault.Refused, $"`{path}` is no absolute path without `.`, `..` and a slash at its end");
        lock (_making)
        {
            var link = new FileInfo(PathOf(name));
            if (link.LinkTarget == path) return;
            if (Directory.Exists(PathOf(name)) && Of(name) is var known && Directory.EnumerateFileSystemEntries(known.Volumes).Any()) throw new VolumeException(VolumeFault.InUse, $"volumes of pool `{name}` are in `{link.LinkTarget ?? link.FullName}` on this host; move them to another pool first");
            if (path is not null) new PoolMark(name, _node).Claim(path);
            _known.TryRemove(name, out _);
            if (link.LinkTarget is not null) File.Delete(link.FullName);
            else if (Directory.Exists(link.FullName)) Directory.Delete(link.FullName, recursive: true);
            if (path is not null) Directory.CreateSymbolicLink(link.FullName, path);
            DurableFile.SyncFolder(_others);
        }
    }

    public void Dispose() => Home.Dispose();

    private bool IsThere(string name) => PlaceOf(name) is { } path ? File.Exists(Path.Combine(path, PoolMark.FileName)) : Directory.Exists(PathOf(name));

    private IEnumerable<string> Names() => Directory.EnumerateFileSystemEntries(_others).Select(path => Path.GetFileName(path)).Where(IsName);

    private string PathOf(string name) => Path.Combine(_others, name);

    // It becomes a folder's name: nothing else may.
    private static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName && char.IsAsciiLetterOrDigit(name[0]) && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '-' or '.');
}
