using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Rempart.Linux;
using Rempart.Node.Volumes;

namespace Rempart.Node.Fetching;

/// <summary>A file that has come in part.</summary>
internal sealed class Partial(string folder, PoolFolder pool, Action left) : IDisposable
{
    private const UnixFileMode Record = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly UnixFileMode Everyone = (UnixFileMode)0b110_110_110;

    /// <summary>Path of the bytes.</summary>
    internal string Data => Path.Combine(folder, "data");

    /// <summary>How many there are.</summary>
    internal long Length => new FileInfo(Data) is { Exists: true } file ? file.Length : 0;

    /// <summary>What is known of the file that they are of.</summary>
    internal PartialOrigin Origin
    {
        get => File.Exists(OriginFile) ? JsonSerializer.Deserialize(File.ReadAllBytes(OriginFile), PoolJson.Default.PartialOrigin) ?? new PartialOrigin() : new PartialOrigin();
        set => DurableFile.Write(OriginFile, JsonSerializer.SerializeToUtf8Bytes(value, PoolJson.Default.PartialOrigin), Record);
    }

    private string OriginFile => Path.Combine(folder, "origin.json");

    /// <summary>Opens the bytes for a jail that has the descriptor; the folder lets nobody come by the path.</summary>
    internal SafeFileHandle Open() => Open(Data);

    /// <summary>Opens a file of a private folder in the same way.</summary>
    internal static SafeFileHandle Open(string path)
    {
        var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        File.SetUnixFileMode(path, Everyone);
        return handle;
    }

    /// <summary>Forgets the bytes and where they came from, but not which blob they were of.</summary>
    internal void Clear() => Forget(Origin.Blob);

    /// <summary>Says that the bytes from now on are of a blob; those of another are forgotten.</summary>
    /// <param name="blob">its digest.</param>
    internal void Begin(string blob)
    {
        if (Origin.Blob != blob) Forget(blob);
    }

    /// <summary>Removes it.</summary>
    internal void Discard() => pool.Discard(folder);

    public void Dispose() => left();

    private void Forget(string? next)
    {
        File.Delete(Data);
        File.Delete(OriginFile);
        if (next is not null) Origin = new PartialOrigin { Blob = next };
    }
}
