using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;
using Rempart.Node.Volumes;

namespace Rempart.Node.Fetching.Registries;

/// <summary>Takes the disk out of a container disk's layer, with gzip and tar in a jail each: neither sees more than one file and writes more than one.</summary>
internal sealed partial class LayerArchive(IJailedTool tool, PoolFolder pool)
{
    // Heads and padding of an archive, and small files beside the disk.
    private const long Overhead = 16L << 20;
    private const int LongestName = 255;
    private const int Block = 512;
    private const long SlowestBytesASecond = 16L << 20;
    private static readonly TimeSpan ShortestLimit = TimeSpan.FromMinutes(2);
    private static readonly UnixFileMode Readable = (UnixFileMode)0b100_100_100;

    /// <summary>Writes the only file in `disk/` to <paramref name="target"/>.</summary>
    /// <param name="layer">says how it is packed.</param>
    /// <param name="blob">path of the layer, whose digest has been checked.</param>
    /// <param name="target">path of a file that is made here, alone in a private folder for another one beside it.</param>
    /// <param name="most">longest file, in bytes.</param>
    /// <param name="cancellationToken">ends it.</param>
    /// <returns>its name in the layer; null when there is nothing in `disk/`.</returns>
    /// <exception cref="VolumeException">it has several, or is no archive, or unfolds to more.</exception>
    internal async Task<string?> UnpackAsync(OciLayer layer, string blob, string target, long most, CancellationToken cancellationToken)
    {
        var archive = blob;
        if (layer.IsGzip)
        {
            archive = target + ".tar";
            if (await RunAsync("/usr/bin/gzip", ["-dc", JailedToolRun.PathOf(0)], blob, archive, most + Overhead, cancellationToken) != 0) throw Spoiled("gzip");
            await EndAsync(archive, cancellationToken);
        }

        if (await NameAsync(archive, most, cancellationToken) is not { } name) return null;
        if (await RunAsync("/usr/bin/tar", ["--extract", "--to-stdout", "--file", JailedToolRun.PathOf(0), "--", name], archive, target, most, cancellationToken) != 0) throw Spoiled("tar");
        if (layer.IsGzip) File.Delete(archive);
        return name;
    }

    // Archives of umoci 0.4 stop in the middle of a block, and tar then drops what is left of the file. Empty blocks do no harm to those that have them.
    private static async Task EndAsync(string archive, CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(archive, FileMode.Open, FileAccess.Write);
        var length = RandomAccess.GetLength(file);
        await RandomAccess.WriteAsync(file, new byte[Block - (length % Block) + (2 * Block)], length, cancellationToken);
    }

    private async Task<string?> NameAsync(string archive, long most, CancellationToken cancellationToken)
    {
        using var input = Input(archive);
        var result = await tool.RunAsync(Run("/usr/bin/tar", ["--list", "--verbose", "--numeric-owner", "--quoting-style=escape", "--file", JailedToolRun.PathOf(0)], input, most), cancellationToken);
        if (result.ExitCode != 0) throw Spoiled("tar");
        if (result.IsCut) throw new VolumeException(VolumeFault.Refused, "the layer has more entries than are looked through; a container disk has one file");
        var names = Line().Matches(result.Output).Select(match => match.Groups["name"].Value).Where(name => name.Length <= LongestName).ToList();
        if (names.Count > 1) throw new VolumeException(VolumeFault.Refused, string.Create(CultureInfo.InvariantCulture, $"the layer has {names.Count} files in `disk/`, not one"));
        return names.SingleOrDefault();
    }

    private async Task<int> RunAsync(string program, string[] arguments, string source, string target, long most, CancellationToken cancellationToken)
    {
        using var input = Input(source);
        using var output = File.OpenHandle(target, FileMode.CreateNew, FileAccess.Write);
        var run = Run(program, arguments, input, most) with { StandardOutput = new BoundedOutput(output, most, pool) };
        return (await tool.RunAsync(run, cancellationToken)).ExitCode;
    }

    private static JailedToolRun Run(string program, string[] arguments, SafeFileHandle input, long most) =>
        new() { Program = program, Arguments = arguments, Files = [input], TimeLimit = ShortestLimit + TimeSpan.FromSeconds((double)most / SlowestBytesASecond) };

    private static SafeFileHandle Input(string path)
    {
        // The jail's user opens it again by descriptor; its folder lets nobody come by the path.
        File.SetUnixFileMode(path, Readable);
        return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
    }

    private static VolumeException Spoiled(string program) => new(VolumeFault.Refused, $"the layer can't be unpacked by {program}: it is not what its media type says, or it is spoiled");

    // `-rw-r--r-- 107/107   12345 2024-01-01 00:00 disk/image.qcow2`: a regular file right in the folder, of plain letters, and no mark of a deletion (`.wh.`).
    [GeneratedRegex(@"^-\S{9}\S?\s+\S+\s+[0-9]+\s+\S+\s+\S+\s(?<name>(\./|/)?disk/(?!\.wh\.)[A-Za-z0-9._+-]+)$", RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();
}
