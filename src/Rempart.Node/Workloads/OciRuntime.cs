using System.Globalization;
using System.IO.Pipes;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Rempart.Linux;
using Rempart.Protocols.Conmon;

namespace Rempart.Node.Workloads;

/// <summary>
/// Bundles as processes: conmon starts the OCI runtime, holds the workload's standard streams and waits for its end, so that
/// neither the agent's death nor its upgrade is felt. The container's id is the workload's uid.
/// </summary>
internal sealed class OciRuntime(WorkloadSettings settings, TimeProvider time) : IDisposable
{
    private const int FirstDescriptor = 3;
    private const int MaxAnswer = 64 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(5);

    // Held while a cgroup parent may be made or removed.
    private readonly SemaphoreSlim cgroups = new(1, 1);

    /// <summary>
    /// Creates the container from `bundle/config.json`, its process waiting to be let go by <see cref="StartAsync"/>, and returns
    /// the process's pid. <paramref name="descriptors"/> become 3, 4, … in it: conmon hands on what LISTEN_FDS counts, and the
    /// runtime does the same (it has no other way through conmon: `--preserve-fds` can't be given to its `create`).
    /// </summary>
    /// <exception cref="WorkloadException">the runtime refused; the message holds what it said.</exception>
    internal async Task<int> CreateAsync(WorkloadFolder folder, IReadOnlyList<SafeHandle> descriptors, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(settings.RuntimeFolder, (UnixFileMode)0b111_000_000);
        await cgroups.WaitAsync(cancellationToken);
        try
        {
            await using var answers = new AnonymousPipeServerStream(PipeDirection.In);
            var environment = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                ["LISTEN_FDS"] = descriptors.Count.ToString(CultureInfo.InvariantCulture),
                // Any pid: conmon replaces it by the runtime's.
                ["LISTEN_PID"] = "1",
                ["_OCI_SYNCPIPE"] = (FirstDescriptor + descriptors.Count).ToString(CultureInfo.InvariantCulture),
            };
            var conmon = DescriptorSpawn.Start(settings.Conmon, ConmonArguments(folder), environment, [.. descriptors, answers.ClientSafePipeHandle]);
            answers.DisposeLocalCopyOfClientHandle();
            using var timer = new CancellationTokenSource(Limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
            var answer = await ReadAnswerAsync(answers, either.Token);
            // Conmon itself goes on in the background; this is only its first process.
            await conmon.WaitAsync(time, either.Token);
            return answer;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new WorkloadException($"the runtime did not create the container within {Limit.TotalSeconds:0} s", exception);
        }
        finally
        {
            cgroups.Release();
        }
    }

    /// <summary>Lets the created process go.</summary>
    internal async Task StartAsync(string uid, CancellationToken cancellationToken) =>
        await HostCommand.OutputAsync(settings.Runtime, ["--root", settings.RuntimeFolder, "start", uid], Limit, time, cancellationToken);

    /// <summary>Kills what is left of the container and removes its state, cgroups and conmon. Does nothing when there is none.</summary>
    internal async Task DeleteAsync(WorkloadFolder folder, CancellationToken cancellationToken)
    {
        await DeleteContainerAsync(folder.Uid, cancellationToken);
        await EndConmonAsync(folder, cancellationToken);
        // A create that was called off may have finished between the two.
        await DeleteContainerAsync(folder.Uid, cancellationToken);
        await cgroups.WaitAsync(cancellationToken);
        try
        {
            var hierarchy = Cgroups.Detect();
            hierarchy.RemoveIfEmpty(settings.CgroupOf(folder.Uid));
            hierarchy.RemoveIfEmpty(settings.CgroupParent);
        }
        finally
        {
            cgroups.Release();
        }
    }

    /// <summary>What conmon recorded, once it has; null when the process ended without it (conmon itself was killed).</summary>
    internal async Task<ConmonExit?> ExitAsync(WorkloadFolder folder, CancellationToken cancellationToken)
    {
        for (var waited = TimeSpan.Zero; ; waited += TimeSpan.FromMilliseconds(20))
        {
            if (ConmonExit.TryRead(folder.ExitFile, folder.OomFile) is { } exit) return exit;
            if (waited >= ExitLimit || !ConmonLives(folder)) return ConmonExit.TryRead(folder.ExitFile, folder.OomFile);
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken);
        }
    }

    /// <summary>Attaches to the workload's standard streams.</summary>
    /// <exception cref="WorkloadException">it does not run.</exception>
    internal static async Task<ConmonAttach> AttachAsync(WorkloadFolder folder, CancellationToken cancellationToken)
    {
        try
        {
            using var bundle = FolderHandle.Open(folder.Bundle);
            return await ConmonAttach.ConnectAsync(bundle.PathOf("attach"), cancellationToken);
        }
        catch (Exception exception) when (exception is SocketException or LinuxException)
        {
            throw new WorkloadException("the machine does not run, so it has no console", exception);
        }
    }

    public void Dispose() => cgroups.Dispose();

    private async Task DeleteContainerAsync(string uid, CancellationToken cancellationToken)
    {
        if (Directory.Exists(Path.Combine(settings.RuntimeFolder, uid)))
            await HostCommand.OutputAsync(settings.Runtime, ["--root", settings.RuntimeFolder, "delete", "--force", uid], Limit, time, cancellationToken);
    }

    private string[] ConmonArguments(WorkloadFolder folder) =>
    [
        "--api-version", "1",
        "--cid", folder.Uid,
        "--cuuid", folder.Uid,
        "--name", folder.Uid,
        "--bundle", folder.Bundle,
        "--runtime", settings.Runtime,
        "--runtime-arg", "--root", "--runtime-arg", settings.RuntimeFolder,
        "--container-pidfile", folder.ProcessPid,
        "--conmon-pidfile", folder.ConmonPid,
        "--exit-dir", folder.Exits,
        "--log-path", $"k8s-file:{folder.ConsoleLog}",
        "--log-size-max", settings.MaxLogBytes.ToString(CultureInfo.InvariantCulture),
        "--no-sync-log",
        // The attach socket in the bundle, named by its whole path.
        "--full-attach",
        "--stdin", "--leave-stdin-open",
        "--replace-listen-pid",
    ];

    // One line of JSON: {"data": PID} or {"data": -1, "message": "…"}.
    private static async Task<int> ReadAnswerAsync(Stream answers, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxAnswer];
        var length = 0;
        for (int count; length < MaxAnswer && (count = await answers.ReadAsync(buffer.AsMemory(length), cancellationToken)) > 0;)
        {
            length += count;
            if (buffer.AsSpan(0, length).Contains((byte)'\n')) break;
        }
        try
        {
            using var answer = JsonDocument.Parse(buffer.AsMemory(0, length));
            var pid = answer.RootElement.GetProperty("data").GetInt32();
            if (pid > 0) return pid;
            var message = answer.RootElement.TryGetProperty("message", out var text) ? text.GetString() : null;
            throw new WorkloadException($"the runtime refused to create the container: {message?.Trim() ?? $"code {pid}"}");
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new WorkloadException($"conmon ended without an answer: `{Encoding.UTF8.GetString(buffer, 0, Math.Min(length, 500))}`", exception);
        }
    }

    private static bool ConmonLives(WorkloadFolder folder) => ReadConmonPid(folder) is not null;

    // Its command line names the workload, so a stranger with a reused pid is never taken for it.
    private static int? ReadConmonPid(WorkloadFolder folder)
    {
        try
        {
            return int.TryParse(File.ReadAllText(folder.ConmonPid), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && File.ReadAllText($"/proc/{pid}/cmdline").Split('\0').Contains(folder.ConmonPid, StringComparer.Ordinal)
                ? pid
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private async Task EndConmonAsync(WorkloadFolder folder, CancellationToken cancellationToken)
    {
        for (var waited = TimeSpan.Zero; waited < ExitLimit; waited += TimeSpan.FromMilliseconds(20))
        {
            if (!ConmonLives(folder)) return;
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken);
        }
        if (ReadConmonPid(folder) is { } pid && ProcessHandle.TryOpen(pid) is { } conmon)
        {
            using (conmon) conmon.Signal(ProcessHandle.SIGKILL);
        }
    }
}
