using System.Globalization;
using Rempart.Node.Jail;
using Rempart.Node.Volumes;
using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Volumes;

/// <summary>Real qemu-img in its real jail, shared by the tests of a class.</summary>
public sealed class JailedToolFixture : IDisposable
{
    private readonly WorkloadSettings settings;
    private readonly JailRoots jails;

    public JailedToolFixture()
    {
        var folder = Directory.CreateDirectory($"/var/tmp/rempart-tool-{Guid.NewGuid():N}");
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_001_001);
        settings = new WorkloadSettings { Instance = "t" + Guid.NewGuid().ToString("N")[..8], DataFolder = folder.FullName, FirstUid = 1_900_000_000, UidCount = 4 };
        jails = new JailRoots(settings, TimeProvider.System);
        Tool = new RuncTool(settings, jails, TimeProvider.System);
    }

    internal RuncTool Tool { get; }

    /// <summary>Bundles, containers, cgroups and processes that are there.</summary>
    internal IReadOnlyList<string> Left() =>
    [
        .. new[] { "tools", "runc-tools" }.Select(name => Path.Combine(settings.DataFolder, name)).Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories).Select(path => Path.GetFileName(path)),
        .. Directory.EnumerateDirectories("/sys/fs/cgroup", string.Create(CultureInfo.InvariantCulture, $"rempart-{settings.Instance}*"), new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 }),
        .. File.ReadLines("/proc/self/mountinfo").Where(line => line.Contains(settings.DataFolder, StringComparison.Ordinal)),
    ];

    public void Dispose()
    {
        jails.Dispose();
        Directory.Delete(settings.DataFolder, recursive: true);
    }
}
