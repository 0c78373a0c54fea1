using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Rempart.Linux;
using Rempart.Node.Workloads;

namespace Rempart.Node.Jail;

/// <summary>
/// The instance's published roots, `jails/DIGEST/root`. Copies, not hard links: a package that writes into a file in place must
/// not change a root whose digest says otherwise, and the instance's folder may lie on another file system.
/// </summary>
internal sealed partial class JailRoots(WorkloadSettings settings, TimeProvider time) : IDisposable
{
    private const int MaxFiles = 512;
    private const string Layout = "rempart jail layout 1";
    private const UnixFileMode FolderMode = (UnixFileMode)0b111_101_101;
    private const UnixFileMode ProgramMode = (UnixFileMode)0b101_101_101;
    private const UnixFileMode DataMode = (UnixFileMode)0b100_100_100;
    private static readonly string[] MountPoints = ["/dev", "/proc"];
    private readonly SemaphoreSlim gate = new(1, 1);
    private (JailRoot Root, IReadOnlyList<FileStamp> Stamps)? known;
    private readonly HashSet<string> tools = new(StringComparer.Ordinal);

    /// <summary>The root for the QEMU that is installed now, built if it is new. Safe to call at any time and after any crash.</summary>
    /// <exception cref="WorkloadException">QEMU or a part of it is not installed.</exception>
    internal async Task<JailRoot> PublishAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            // Reading 50 MiB at each start is felt; a package that changes a file changes its size or its time.
            if (known is { } last && Directory.Exists(last.Root.Path) && last.Stamps.All(stamp => stamp == FileStamp.Of(stamp.Path))) return last.Root;
            var version = await HostCommand.OutputAsync(settings.Qemu, ["--version"], TimeSpan.FromSeconds(10), time, cancellationToken);
            var match = VersionPattern().Match(version);
            if (!match.Success) throw new WorkloadException($"`{settings.Qemu} --version` says nothing known: `{version.Split('\n')[0]}`");
            var files = await JailContent.FindAsync(settings.Qemu, time, cancellationToken);
            var stamps = files.Select(file => FileStamp.Of(file.Source)).ToList();
            var (digest, path) = Publish(settings.Qemu, files);
            var root = new JailRoot(digest, path, Int(match, "major"), Int(match, "minor"));
            known = (root, stamps);
            return root;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>The root for a tool: the program and its libraries. It is kept as long as this process lives.</summary>
    /// <exception cref="WorkloadException">the program or a part of it is not installed.</exception>
    internal async Task<string> PublishToolAsync(string program, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            var (digest, path) = Publish(program, await JailContent.FindToolAsync(program, time, cancellationToken));
            tools.Add(digest);
            return path;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Removes the roots that no workload uses, and what a crash left half built. Call it before the first start: a root is in use once a record names it.</summary>
    /// <param name="inUse">digests to keep.</param>
    /// <param name="cancellationToken">ends it between two roots.</param>
    internal async Task CollectAsync(IReadOnlySet<string> inUse, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (!Directory.Exists(settings.JailsFolder)) return;
            foreach (var folder in Directory.EnumerateDirectories(settings.JailsFolder))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!inUse.Contains(Path.GetFileName(folder)) && !tools.Contains(Path.GetFileName(folder))) Directory.Delete(folder, recursive: true);
            }
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();

    /// <summary>The digest that names a root; pure.</summary>
    internal static string Digest(IReadOnlyList<JailFile> files, IReadOnlyList<(string Name, string Target)> links, IReadOnlyDictionary<string, string> hashes)
    {
        var text = new StringBuilder(Layout).Append('\n');
        foreach (var (name, target) in links) text.Append(CultureInfo.InvariantCulture, $"{name} -> {target}\n");
        foreach (var file in files.OrderBy(file => file.Target, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"{(file.Executable ? "0555" : "0444")} {hashes[file.Target]} {file.Target}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private (string Digest, string Path) Publish(string program, IReadOnlyList<JailFile> files)
    {
        if (files.Count > MaxFiles) throw new WorkloadException($"`{program}` needs {files.Count} files, more than the {MaxFiles} that a jail may hold");
        var links = TopLinks(files);
        var hashes = files.ToDictionary(file => file.Target, file => Hash(file.Source), StringComparer.Ordinal);
        var digest = Digest(files, links, hashes);
        var folder = Path.Combine(settings.JailsFolder, digest);
        if (!Directory.Exists(folder)) Build(folder, files, links, hashes);
        return (digest, Path.Combine(folder, "root"));
    }

    private void Build(string folder, IReadOnlyList<JailFile> files, IReadOnlyList<(string Name, string Target)> links, Dictionary<string, string> hashes)
    {
        var partial = folder + ".new";
        if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
        var root = Path.Combine(partial, "root");
        Directory.CreateDirectory(settings.JailsFolder, FolderMode);
        Directory.CreateDirectory(root, FolderMode);
        File.SetUnixFileMode(partial, FolderMode);
        foreach (var point in MountPoints) Directory.CreateDirectory(root + point, FolderMode);
        // Places for the two devices that may be bound there; runc also asks for /dev/null before it starts anything.
        foreach (var device in new[] { "/dev/null", "/dev/kvm" })
        {
            File.WriteAllBytes(root + device, []);
            File.SetUnixFileMode(root + device, DataMode);
        }
        foreach (var (name, target) in links) File.CreateSymbolicLink(root + name, target);
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(root + file.Target)!, FolderMode);
            Copy(file.Source, root + file.Target);
            File.SetUnixFileMode(root + file.Target, file.Executable ? ProgramMode : DataMode);
            if (Hash(root + file.Target) != hashes[file.Target]) throw new WorkloadException($"`{file.Source}` changed while it was copied; try again");
        }
        DurableFile.Rename(partial, folder);
    }

    private static List<(string Name, string Target)> TopLinks(IEnumerable<JailFile> files) =>
    [
        .. files.Select(file => "/" + file.Source.TrimStart('/').Split('/')[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(top => (top, new DirectoryInfo(top).LinkTarget))
            .Where(pair => pair.LinkTarget is not null)
            .Select(pair => (pair.top, pair.LinkTarget!)),
    ];

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    // On the disk before the rename: a name that is its digest must never hold less after a power cut.
    private static void Copy(string from, string to)
    {
        using var source = File.OpenRead(from);
        using var target = new FileStream(to, FileMode.CreateNew, FileAccess.Write);
        source.CopyTo(target);
        target.Flush(flushToDisk: true);
    }

    private static int Int(Match match, string group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"version (?<major>\d{1,3})\.(?<minor>\d{1,3})", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionPattern();

    private sealed record FileStamp(string Path, long Length, DateTime Written)
    {
        internal static FileStamp Of(string path) => new FileInfo(path) is { Exists: true } file ? new(path, file.Length, file.LastWriteTimeUtc) : new(path, -1, default);
    }
}
