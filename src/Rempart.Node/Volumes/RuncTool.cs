using System.IO.Pipes;
using System.Text;
using Rempart.Linux;
using Rempart.Node.Jail;
using Rempart.Node.Workloads;

namespace Rempart.Node.Volumes;

/// <summary>
/// Tools in the same jail as machines: an OCI bundle with a root of just the program and its libraries, one mapped id, no
/// capabilities, no network, the same system calls. The runtime runs in the foreground; a run is short and dies with its deadline.
/// </summary>
internal sealed class RuncTool(WorkloadSettings settings, JailRoots jails, TimeProvider time) : IJailedTool
{
    private const int MaxOutput = 64 * 1024;
    private const int Chunk = 256 * 1024;
    private const int Tasks = 128;
    private const UnixFileMode FolderMode = (UnixFileMode)0b111_001_001;
    private const UnixFileMode RecordMode = (UnixFileMode)0b110_000_000;
    private static readonly TimeSpan DeleteLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(1);
    private readonly Lock counting = new();
    private int runs;

    private string Folder => Path.Combine(settings.DataFolder, "tools");

    private string StateFolder => Path.Combine(settings.DataFolder, "runc-tools");

    // Not under the machines' cgroup, whose folder comes and goes with them.
    private string CgroupParent => $"{settings.CgroupParent}-tools";

    public async Task<JailedToolResult> RunAsync(JailedToolRun run, CancellationToken cancellationToken)
    {
        try
        {
            return await RunInJailAsync(run, cancellationToken);
        }
        catch (Exception exception) when (exception is WorkloadException or LinuxException)
        {
            throw new VolumeException(VolumeFault.Failed, exception.Message, exception);
        }
    }

    /// <summary>Ends and removes what an agent that died left of its runs. Call it once, before the first run.</summary>
    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Folder)) return;
        await using var undo = new UndoStack();
        EnterParent();
        undo.Add(LeaveParent);
        foreach (var bundle in Directory.EnumerateDirectories(Folder)) await RemoveAsync(Path.GetFileName(bundle), cancellationToken);
    }

    private async Task<JailedToolResult> RunInJailAsync(JailedToolRun run, CancellationToken cancellationToken)
    {
        var root = await jails.PublishToolAsync(run.Program, cancellationToken);
        var id = "tool-" + Guid.NewGuid().ToString("N");
        await using var undo = new UndoStack();
        EnterParent();
        undo.Add(LeaveParent);
        // Not the caller's token: what was called off must be cleared away too.
        undo.Add(async () => await RemoveAsync(id, CancellationToken.None));
        Directory.CreateDirectory(Path.Combine(Folder, id), FolderMode);
        Directory.CreateDirectory(StateFolder, (UnixFileMode)0b111_000_000);
        var bundle = JailBundle.Create(new JailRecord
        {
            CgroupPath = $"{CgroupParent}/{id}",
            RootPath = root,
            HostUid = run.Connects ? settings.FetchUid : settings.ToolUid,
            Connects = run.Connects,
            Command = [run.Program, .. run.Arguments],
            MemoryBytes = run.MemoryBytes,
            LimitSwap = Cgroups.Detect().CountsSwap,
            CpuHundredths = 100,
            MostFileBytes = run.MostFileBytes,
            Tasks = Tasks,
        });
        DurableFile.Write(Path.Combine(Folder, id, "config.json"), bundle.ToJson(), RecordMode);

        using var timer = new CancellationTokenSource(run.TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            return await StartAsync(id, run, either.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new WorkloadException($"`{Path.GetFileName(run.Program)}` did not end within {run.TimeLimit.TotalSeconds:0} s and was killed", exception);
        }
    }

    private async Task<JailedToolResult> StartAsync(string id, JailedToolRun run, CancellationToken cancellationToken)
    {
        await using var output = new AnonymousPipeServerStream(PipeDirection.In);
        await using var content = run.StandardOutput is null ? null : new AnonymousPipeServerStream(PipeDirection.In);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
        string[] arguments = ["--root", StateFolder, "run", "--bundle", Path.Combine(Folder, id), "--preserve-fds", $"{run.Files.Count}", id];
        var runtime = DescriptorSpawn.Start(settings.Runtime, arguments, environment, [.. run.Files], output.ClientSafePipeHandle, content?.ClientSafePipeHandle);
        output.DisposeLocalCopyOfClientHandle();
        content?.DisposeLocalCopyOfClientHandle();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var copying = content is null ? Task.CompletedTask : CopyAsync(content, run.StandardOutput!, ended);
        try
        {
            var (text, cut) = await ReadAsync(output, ended.Token);
            await copying;
            return new JailedToolResult(await runtime.WaitAsync(time, ended.Token), text) { IsCut = cut };
        }
        catch (Exception exception) when (exception is OperationCanceledException or VolumeException or IOException)
        {
            // The runtime ends with its container; it is this process's child and must be waited for. Its last words would
            // wait for ever in a pipe that the tool has filled and nobody reads. One that was just about to make the container
            // makes it after the first removal.
            await ended.CancelAsync();
            await output.DisposeAsync();
            if (content is not null) await content.DisposeAsync();
            do await RemoveAsync(id, CancellationToken.None);
            while (!await EndedAsync(runtime));
            // What was refused is the reason, not that it was ended then.
            await copying;
            throw;
        }
    }

    private static async Task CopyAsync(Stream content, BoundedOutput target, CancellationTokenSource ended)
    {
        var buffer = new byte[Chunk];
        try
        {
            for (int count; (count = await content.ReadAsync(buffer, ended.Token)) > 0;) await target.WriteAsync(buffer.AsMemory(0, count), ended.Token);
        }
        catch
        {
            await ended.CancelAsync();
            throw;
        }
    }

    private async Task RemoveAsync(string id, CancellationToken cancellationToken)
    {
        if (Directory.Exists(Path.Combine(StateFolder, id)))
            await HostCommand.OutputAsync(settings.Runtime, ["--root", StateFolder, "delete", "--force", id], DeleteLimit, time, cancellationToken);
        Cgroups.Detect().RemoveIfEmpty($"{CgroupParent}/{id}");
        var bundle = Path.Combine(Folder, id);
        if (Directory.Exists(bundle)) Directory.Delete(bundle, recursive: true);
    }

    private async Task<bool> EndedAsync(SpawnedProcess runtime)
    {
        using var patience = new CancellationTokenSource(EndLimit, time);
        try
        {
            await runtime.WaitAsync(time, patience.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    // INVARIANT: the parent goes only when no run is between its start and its removal: the runtime makes a cgroup in several steps.
    private void EnterParent()
    {
        lock (counting) runs++;
    }

    private void LeaveParent()
    {
        lock (counting)
        {
            if (--runs == 0) Cgroups.Detect().RemoveIfEmpty(CgroupParent);
        }
    }

    private static async Task<(string Text, bool Cut)> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        using var kept = new MemoryStream();
        var cut = false;
        // What exceeds the bound is read and dropped, so that the tool does not block.
        for (int count; (count = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            var room = Math.Min(count, MaxOutput - (int)kept.Length);
            cut |= room < count;
            await kept.WriteAsync(buffer.AsMemory(0, room), cancellationToken);
        }

        return (Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length), cut);
    }
}
