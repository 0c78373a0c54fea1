using System.Buffers;
using System.Globalization;
using System.Text.Json.Nodes;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Watch;

namespace Rempart.ApiServer.Tests.Watch;

/// <summary>A client that lists, follows and, whenever it must, begins again, as informers do. It fails at the first line that can't follow what it knows.</summary>
internal sealed class FollowingReader(KindCache cache, Selection selection) : IDisposable
{
    private readonly Dictionary<string, long> _known = new(StringComparer.Ordinal);
    private readonly WatchLines _lines = new(cache.Registration, selection, Presentation.Document, null);
    private Watcher? _watcher;
    private long _version = -1;

    /// <summary>How often it listed.</summary>
    public int Lists { get; private set; }

    /// <summary>Names and versions that it knows.</summary>
    public IReadOnlyDictionary<string, long> Known => _known;

    /// <summary>Reads a few lines, or bookmarks when there are none; begins or goes on where it is not connected.</summary>
    public void Read(int most)
    {
        for (; most > 0; most--)
        {
            if (_watcher is null) Connect();
            var reached = _watcher!.ReachedRevision;
            var change = _watcher.TryReadFirst() ?? _watcher.TryRead();
            if (change is not null) Take(output => _lines.Write(output, change));
            else if (_watcher.FellBehind.IsCompleted) Break();
            else Take(output => _lines.Bookmark(output, Math.Max(_version, reached), initialEnd: false));
        }
    }

    /// <summary>Loses the connection.</summary>
    public void Break()
    {
        _watcher?.Dispose();
        _watcher = null;
    }

    /// <summary>Reads all there is.</summary>
    public void CatchUp()
    {
        do Read(1);
        while (_watcher is null || _watcher.FellBehind.IsCompleted || _version < cache.Range.Current);
    }

    public void Dispose() => Break();

    private void Connect()
    {
        if (_version >= 0) _watcher = cache.Watch(selection.Namespace, _version);
        if (_watcher is null)
        {
            Lists++;
            var (objects, revision) = cache.Snapshot(selection.Namespace);
            _known.Clear();
            foreach (var found in objects.Where(selection.Matches)) _known.Add(found.Key, found.Revision);
            _version = revision;
            _watcher = cache.Watch(selection.Namespace, revision) ?? throw new InvalidOperationException("a version just listed is too old");
        }
    }

    private void Take(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        if (output.WrittenCount == 0) return;
        var line = JsonNode.Parse(output.WrittenSpan)!;
        var metadata = line["object"]!["metadata"]!;
        var version = long.Parse(metadata["resourceVersion"]!.GetValue<string>(), CultureInfo.InvariantCulture);
        var type = line["type"]!.GetValue<string>();
        if (type == "BOOKMARK")
        {
            Assert.True(version >= _version, $"a bookmark went back from {_version} to {version}");
            _version = version;
            return;
        }

        Assert.True(version > _version, $"{type} at {version} after {_version}: told twice, or out of order");
        _version = version;
        var key = $"{metadata["namespace"]}/{metadata["name"]}";
        Assert.Equal(type, (_known.ContainsKey(key), type) switch { (false, _) => "ADDED", (true, "DELETED") => "DELETED", _ => "MODIFIED" });
        if (type == "DELETED") _known.Remove(key);
        else _known[key] = version;
    }
}
