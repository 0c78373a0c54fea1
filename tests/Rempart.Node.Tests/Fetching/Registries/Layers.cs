using System.Formats.Tar;
using System.IO.Compression;

namespace Rempart.Node.Tests.Fetching.Registries;

/// <summary>Layers of container disks, good and bad.</summary>
internal static class Layers
{
    /// <summary>An archive of regular files; a name that ends with `/` is a folder.</summary>
    internal static byte[] Pack(bool gzip, params (string Name, byte[] Bytes)[] files) =>
        Pack(gzip, [.. files.Select(file => file.Name.EndsWith('/') ? new PaxTarEntry(TarEntryType.Directory, file.Name) : File(file.Name, file.Bytes))]);

    internal static byte[] Pack(bool gzip, params TarEntry[] entries)
    {
        using var packed = new MemoryStream();
        using (var tar = new TarWriter(packed, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var entry in entries) tar.WriteEntry(entry);
        }

        return gzip ? Compress(packed.ToArray()) : packed.ToArray();
    }

    internal static byte[] Compress(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) stream.Write(bytes);
        return packed.ToArray();
    }

    internal static PaxTarEntry File(string name, byte[] bytes) => new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes) };

    internal static PaxTarEntry Link(TarEntryType type, string name, string target) => new(type, name) { LinkName = target };

    /// <summary>A file of one block that says to be of another size, nearly all of it a hole (GNU sparse format 1.0).</summary>
    internal static PaxTarEntry Sparse(string name, long size)
    {
        var map = System.Text.Encoding.ASCII.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"1\n{size - 512}\n512\n"));
        return new PaxTarEntry(TarEntryType.RegularFile, "GNUSparseFile.0/x", new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["GNU.sparse.major"] = "1", ["GNU.sparse.minor"] = "0", ["GNU.sparse.name"] = name, ["GNU.sparse.realsize"] = size.ToString(System.Globalization.CultureInfo.InvariantCulture),
        }) { DataStream = new MemoryStream([.. map, .. new byte[512 - map.Length], .. new byte[512]]) };
    }
}
