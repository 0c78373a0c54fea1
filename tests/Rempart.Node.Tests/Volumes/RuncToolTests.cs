using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Rempart.Node.Jail;
using Rempart.Node.Volumes;
using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Volumes;

[Trait("level", "real")]
public sealed class RuncToolTests : IDisposable
{
    private readonly WorkloadSettings settings;
    private readonly JailRoots jails;
    private readonly RuncTool tool;

    public RuncToolTests()
    {
        // Outside any private folder: the jail's user must be able to pass.
        var folder = Directory.CreateDirectory($"/var/tmp/rempart-tool-{Guid.NewGuid():N}");
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_001_001);
        settings = new WorkloadSettings { Instance = "t" + Guid.NewGuid().ToString("N")[..8], DataFolder = folder.FullName, FirstUid = 1_900_000_000, UidCount = 4 };
        jails = new JailRoots(settings, TimeProvider.System);
        tool = new RuncTool(settings, jails, TimeProvider.System);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_disk_is_converted_in_the_jail_as_outside_it()
    {
        using var pool = new PoolFixture(tool);
        await pool.DiskAsync("image", "create", "-q", "-f", "qcow2", "{0}", "4M");
        await Programs.OutputAsync("qemu-io", "-f", "qcow2", "-c", "write -P 5 0 1M", pool.Scratch("image"));

        var image = await pool.IngestAsync(await File.ReadAllBytesAsync(pool.Scratch("image"), Token));

        await Programs.OutputAsync("qemu-img", "compare", "-f", "qcow2", "-F", "qcow2", pool.Scratch("image"), Path.Combine(pool.Pool.Image(image.Digest), "data"));
        Assert.Empty(Runs());
    }

    [Fact]
    public async Task A_backing_file_is_named_and_refused_in_the_jail()
    {
        using var pool = new PoolFixture(tool);
        var bytes = await pool.DiskAsync("image", "create", "-q", "-f", "qcow2", "-b", "/etc/passwd", "-F", "raw", "{0}", "1M");

        var refused = await Assert.ThrowsAsync<VolumeException>(() => pool.IngestAsync(bytes));

        Assert.Equal(VolumeFault.Refused, refused.Fault);
        Assert.Contains("backing file", refused.Message, StringComparison.Ordinal);
        Assert.Empty(pool.Left);
    }

    [Fact]
    public async Task The_tool_has_no_capability_no_network_and_no_file_of_the_host()
    {
        var status = await tool.RunAsync(Tool("/usr/bin/cat", ["/proc/self/status"]), Token);
        Assert.Equal(0, status.ExitCode);
        Assert.Matches(@"CapEff:\s+0000000000000000", status.Output);
        Assert.Matches(@"CapBnd:\s+0000000000000000", status.Output);
        Assert.Matches(@"NoNewPrivs:\s+1", status.Output);
        Assert.Matches(@"Seccomp:\s+2", status.Output);

        Assert.NotEqual(0, (await tool.RunAsync(Tool("/usr/bin/cat", ["/etc/passwd"]), Token)).ExitCode);
        Assert.NotEqual(0, (await tool.RunAsync(Tool("/usr/bin/cat", ["/proc/net/dev"]), Token)).ExitCode);
    }

    [Fact]
    public async Task A_file_is_reached_only_by_its_descriptor_and_only_as_its_mode_allows()
    {
        var path = Path.Combine(settings.DataFolder, "secret");
        await File.WriteAllTextAsync(path, "handed over", Token);
        File.SetUnixFileMode(path, (UnixFileMode)0b100_100_100);
        using SafeFileHandle handle = File.OpenHandle(path);

        var read = await tool.RunAsync(Tool("/usr/bin/cat", [JailedToolRun.PathOf(0)]) with { Files = [handle] }, Token);
        var byName = await tool.RunAsync(Tool("/usr/bin/cat", [path]), Token);
        var written = await tool.RunAsync(Tool("/usr/bin/truncate", ["-s", "0", JailedToolRun.PathOf(0)]) with { Files = [handle] }, Token);

        Assert.Equal("handed over", read.Output);
        Assert.NotEqual(0, byName.ExitCode);
        Assert.NotEqual(0, written.ExitCode);
        Assert.Equal("handed over", await File.ReadAllTextAsync(path, Token));
    }

    [Fact]
    public async Task A_tool_that_does_not_end_is_killed_with_nothing_left()
    {
        var run = Tool("/usr/bin/tail", ["-f", "/dev/null"]) with { TimeLimit = TimeSpan.FromSeconds(2) };

        var failed = await Assert.ThrowsAsync<VolumeException>(() => tool.RunAsync(run, Token));

        Assert.Equal(VolumeFault.Failed, failed.Fault);
        Assert.Contains("2 s", failed.Message, StringComparison.Ordinal);
        Assert.Empty(Runs());
    }

    [Fact]
    public async Task A_tool_that_talks_without_end_is_read_to_a_bound()
    {
        var path = Path.Combine(settings.DataFolder, "long");
        await File.WriteAllBytesAsync(path, new byte[8 << 20], Token);
        File.SetUnixFileMode(path, (UnixFileMode)0b100_100_100);
        using SafeFileHandle handle = File.OpenHandle(path);

        var result = await tool.RunAsync(Tool("/usr/bin/cat", [JailedToolRun.PathOf(0)]) with { Files = [handle] }, Token);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(64 * 1024, result.Output.Length);
    }

    [Fact]
    public async Task What_a_dead_agent_left_is_swept()
    {
        using var gone = new CancellationTokenSource();
        var run = tool.RunAsync(Tool("/usr/bin/tail", ["-f", "/dev/null"]), gone.Token);
        while (!File.Exists(Directory.Exists(Path.Combine(settings.DataFolder, "runc-tools")) && Runs() is [var id, ..] ? Path.Combine(settings.DataFolder, "runc-tools", id, "state.json") : "/none"))
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Token);

        await new RuncTool(settings, jails, TimeProvider.System).SweepAsync(Token);

        Assert.NotEqual(0, (await run).ExitCode);
        Assert.Empty(Runs());
    }

    public void Dispose()
    {
        jails.Dispose();
        Directory.Delete(settings.DataFolder, recursive: true);
    }

    private static JailedToolRun Tool(string program, string[] arguments) => new() { Program = program, Arguments = arguments, TimeLimit = TimeSpan.FromSeconds(60) };

    /// <summary>Bundles, containers and cgroups that are there.</summary>
    private List<string> Runs() =>
    [
        .. new[] { "tools", "runc-tools" }.Select(name => Path.Combine(settings.DataFolder, name)).Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories).Select(path => Path.GetFileName(path)),
        .. Directory.EnumerateDirectories("/sys/fs/cgroup", string.Create(CultureInfo.InvariantCulture, $"rempart-{settings.Instance}*"), new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 }),
    ];
}
