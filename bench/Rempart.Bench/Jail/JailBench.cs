using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Rempart.Bench.Report;
using Rempart.Linux;
using Rempart.Node.Jail;
using Rempart.Node.Workloads;

namespace Rempart.Bench.Jail;

/// <summary>QEMU's own bundle with `--version` in QEMU's place: the jail's price without a guest's.</summary>
internal sealed class JailBench : IBench
{
    public string Name => "jail";

    public string About => "a machine's bundle from start to end, by the agent's way (conmon and runc) and by `runc run` alone";

    public async IAsyncEnumerable<BenchTable> RunAsync(BenchSettings settings, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var id = "b" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5));
        var workloads = new WorkloadSettings { Instance = id, DataFolder = $"/var/tmp/rempart-{id}", FirstUid = 0x1800_0000, UidCount = 8 };
        if (!File.Exists(workloads.Runtime) || !File.Exists(workloads.Conmon) || !File.Exists(workloads.Qemu)) throw new BenchException("runc, conmon and QEMU are needed: `./dev up` installs them");
        Directory.CreateDirectory(workloads.DataFolder, (UnixFileMode)0b111_001_001);
        try
        {
            using var jails = new JailRoots(workloads, settings.Time);
            using var runtime = new OciRuntime(workloads, settings.Time);
            settings.Progress("publish the jail's root");
            var root = await jails.PublishAsync(cancellationToken);
            Samples create = new(), start = new(), agent = new(), alone = new(), bare = new();
            // One round of each that does not count: files come from the disk in it.
            for (var round = 0; round <= settings.Rounds; round++)
            {
                settings.Progress($"round {round} of {settings.Rounds}");
                var (created, started, ended) = await ByAgentAsync(workloads, runtime, root.Path, settings.Time, cancellationToken);
                var byRunc = await ByRuncAsync(workloads, root.Path, settings.Time, cancellationToken);
                var direct = await TimeAsync(workloads.Qemu, ["--version"], settings.Time, cancellationToken);
                if (round == 0) continue;
                create.Add(created);
                start.Add(started);
                agent.Add(ended);
                alone.Add(byRunc);
                bare.Add(direct);
            }
            yield return new BenchTable(
                "Milliseconds until the program has ended",
                ["way", .. Samples.Columns],
                [
                    ["agent: conmon creates the container", .. create.Cells()],
                    ["agent: … and runc has let it go", .. start.Cells()],
                    ["agent: … and its exit code is known", .. agent.Cells()],
                    ["`runc run` alone, same bundle", .. alone.Cells()],
                    ["no jail", .. bare.Cells()],
                    ["agent's own: the difference of the medians", Samples.Text(agent.Median - alone.Median), "", ""],
                ]);
        }
        finally
        {
            Directory.Delete(workloads.DataFolder, recursive: true);
        }
    }

    private static async Task<(TimeSpan Created, TimeSpan Started, TimeSpan Ended)> ByAgentAsync(WorkloadSettings workloads, OciRuntime runtime, string root, TimeProvider time, CancellationToken cancellationToken)
    {
        var folder = Prepare(workloads, root);
        try
        {
            var from = time.GetTimestamp();
            await runtime.CreateAsync(folder, [], cancellationToken);
            var created = time.GetElapsedTime(from);
            await runtime.StartAsync(folder.Uid, cancellationToken);
            var started = time.GetElapsedTime(from);
            var exit = await runtime.ExitAsync(folder, cancellationToken);
            var ended = time.GetElapsedTime(from);
            return exit is { Code: 0 } ? (created, started, ended) : throw new BenchException($"the program ended with {exit?.Code} in the jail; see `{folder.ConsoleLog}`");
        }
        finally
        {
            await runtime.DeleteAsync(folder, CancellationToken.None);
            folder.Delete();
        }
    }

    private static async Task<TimeSpan> ByRuncAsync(WorkloadSettings workloads, string root, TimeProvider time, CancellationToken cancellationToken)
    {
        var folder = Prepare(workloads, root);
        try
        {
            return await TimeAsync(workloads.Runtime, ["--root", workloads.RuntimeFolder, "run", "--bundle", folder.Bundle, folder.Uid], time, cancellationToken);
        }
        finally
        {
            folder.Delete();
            var hierarchy = Cgroups.Detect();
            hierarchy.RemoveIfEmpty($"{workloads.CgroupParent}/{folder.Uid}");
            hierarchy.RemoveIfEmpty(workloads.CgroupParent);
        }
    }

    private static WorkloadFolder Prepare(WorkloadSettings workloads, string root)
    {
        var folder = new WorkloadFolder(workloads, Guid.NewGuid().ToString("D"));
        Directory.CreateDirectory(folder.Path, (UnixFileMode)0b111_001_001);
        folder.Prepare();
        var bundle = JailBundle.Create(new JailRecord
        {
            CgroupPath = $"{workloads.CgroupParent}/{folder.Uid}",
            RootPath = root,
            HostUid = workloads.FirstUid,
            Command = [workloads.Qemu, "--version"],
            MemoryBytes = 512 << 20,
            LimitSwap = Cgroups.Detect().CountsSwap,
            CpuHundredths = 200,
            Tasks = 64,
            MostFileBytes = 1 << 20,
        });
        DurableFile.Write(folder.Configuration, bundle.ToJson(), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return folder;
    }

    private static async Task<TimeSpan> TimeAsync(string program, IReadOnlyList<string> arguments, TimeProvider time, CancellationToken cancellationToken)
    {
        var from = time.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        var elapsed = time.GetElapsedTime(from);
        return process.ExitCode == 0 ? elapsed : throw new BenchException($"`{program}` ended with {process.ExitCode}: {(await errors).Trim()}");
    }
}
