using System.Diagnostics;
using System.Globalization;
using Rempart.Lab.Layout;

namespace Rempart.Lab.Hosts;

/// <summary>
/// A host of the lab: a process with network, mount, UTS, IPC, pid and cgroup namespaces of its own. Nothing of it is in this object: whoever
/// comes later finds it by its folder.
/// </summary>
public sealed class LabHost(LabLayout lab, HostLayout layout, TimeProvider time)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    // `PID START-TICKS BOOT-ID …`, as rempart-init writes it; field 22 of /proc/PID/stat is the 20th behind the name.
    private const string KillStamped = """
        read -r pid ticks boot rest < "$1" || exit 1
        [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] || exit 1
        stat=$(cat "/proc/$pid/stat") || exit 1
        set -- ${stat##*)}
        [ "${20}" = "$ticks" ] || exit 1
        kill -KILL "$pid"
        """;

    private readonly HostCgroups _cgroups = new(layout.Cgroup);

    public HostLayout Layout => layout;

    public string Name => layout.Name;

    /// <summary>The first process, by the pid that the machine knows; null while the host is down.</summary>
    public int? Pid => ReadPid() is { } pid && Arguments(pid).Contains(layout.Folder, StringComparer.Ordinal) ? pid : null;

    public bool IsUp => Pid is not null;

    public bool IsFrozen => _cgroups.IsFrozen;

    /// <summary>Everything that runs on the host, machines too, by the pids that the machine knows.</summary>
    public IReadOnlyList<int> Processes => _cgroups.Processes;

    /// <summary>As <see cref="Processes"/>, of one cgroup.</summary>
    /// <param name="cgroup">its path, as the host sees it; without a slash at its beginning.</param>
    public IReadOnlyList<int> ProcessesIn(string cgroup) => _cgroups.ProcessesIn(cgroup);

    /// <summary>Starts the first process, with file systems and no links yet; `rempart-init` waits for <see cref="Release"/>. Does nothing when it is up.</summary>
    internal async Task BootAsync(CancellationToken cancellationToken)
    {
        if (IsUp) return;
        // What a host that was killed may have left: cgroups of its machines.
        await ClearAsync(cancellationToken);
        Directory.CreateDirectory(layout.RunFolder);
        Directory.CreateDirectory(layout.Data);
        File.Delete(layout.PidFile);
        _cgroups.Make();
        var start = new ProcessStartInfo("/bin/sh",
        [
            "-c", $"exec </dev/null >>\"$0\" 2>&1\n{_cgroups.EnterRootCommands}\nexec setsid unshare --cgroup -- sh -c '{_cgroups.EnterCommands}\nexec unshare --net --mount --uts --ipc --pid --fork -- \"$@\"' sh \"$@\"", layout.BootLog,
            "/bin/sh", "-c", BootScript.Text, "sh", layout.Folder, layout.Name, lab.Plan.Programs, lab.Plan.Runtime, layout.InsideFolder, _cgroups.MountCommands,
        ]) { UseShellExecute = false, WorkingDirectory = "/" };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        using var first = Process.Start(start)!;
        await UntilAsync(() => Pid is { } pid && File.Exists(Inside(pid, BootScript.Mounted)), () => first.HasExited, cancellationToken);
    }

    /// <summary>Lets `rempart-init` start.</summary>
    internal void Release() => File.WriteAllText(Inside(Running, BootScript.Go), "");

    /// <summary>Ends everything on the host at once, as when somebody pulls the plug.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        if (IsFrozen) await ThawAsync(cancellationToken);
        if (Pid is { } pid) Kill(pid);
        await ClearAsync(cancellationToken);
        // Its folder may have gone already.
        if (File.Exists(layout.PidFile)) File.Delete(layout.PidFile);
    }

    /// <summary>Stops every process where it is; links stay up and nobody answers.</summary>
    public Task FreezeAsync(CancellationToken cancellationToken) => _cgroups.FreezeAsync(isFrozen: true, time, cancellationToken);

    public Task ThawAsync(CancellationToken cancellationToken) => _cgroups.FreezeAsync(isFrozen: false, time, cancellationToken);

    /// <summary>A command as it must be executed to run on the host: in its namespaces and cgroups, as root.</summary>
    public IReadOnlyList<string> Command(params IReadOnlyList<string> command) =>
    [
        "/bin/sh", "-c", $"{_cgroups.EnterCommands}\nexec \"$@\"", "sh",
        "/usr/bin/nsenter", "--target", Running.ToString(CultureInfo.InvariantCulture), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--wd=/", "--",
        "/usr/bin/env", $"DOTNET_ROOT={HostLayout.Runtime}", "DOTNET_EnableDiagnostics=0", "DOTNET_gcServer=0", $"PATH={HostLayout.Inside}/programs/cli:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        .. command,
    ];

    /// <summary>Runs a command on the host.</summary>
    /// <returns>what it wrote to its standard output.</returns>
    /// <exception cref="LabException">it failed.</exception>
    public Task<string> RunAsync(IReadOnlyList<string> command, string? input, CancellationToken cancellationToken) => Tools.Command.RunAsync(Command(command), input, cancellationToken);

    /// <summary>Speaks to the host's `rempart-init`: its words without `--data`.</summary>
    public Task<string> InitAsync(IReadOnlyList<string> words, CancellationToken cancellationToken) =>
        RunAsync([HostLayout.Program("init"), .. words, "--data", layout.InsideFolder], null, cancellationToken);

    /// <summary>`kill -9` of a service's process; `rempart-init` starts it again.</summary>
    /// <exception cref="LabException">it does not run.</exception>
    public async Task KillServiceAsync(string service, CancellationToken cancellationToken)
    {
        var stamp = Path.Combine(layout.InstanceFolder, "init", $"{Path.GetFileName(service)}.pid");
        if (!File.Exists(stamp)) throw new LabException($"{Name} has no service `{service}`: `./dev lab status` names them");
        // By the host's own numbers. A stamp of the boot before names a process that may be any other by now, the supervisor too.
        var (code, _, _) = await Tools.Command.TryAsync(Command("/bin/sh", "-c", KillStamped, "sh", Path.Combine(layout.InsideFolder, "init", Path.GetFileName(stamp))), null, cancellationToken);
        if (code != 0) throw new LabException($"{Name}: service `{service}` does not run now: `./dev lab status` shows when it does");
    }

    internal int Running => Pid ?? throw new LabException($"{Name} is down: `./dev lab reboot {Name}` starts it");

    private static string Inside(int pid, string path) => string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/root{path}");

    private async Task ClearAsync(CancellationToken cancellationToken)
    {
        for (var tries = 0; _cgroups.Processes is { Count: > 0 } left; tries++)
        {
            if (tries == 500) throw new LabException($"{Name}: processes {string.Join(", ", left)} do not end");
            foreach (var pid in left) Kill(pid);
            await Task.Delay(_pause, time, cancellationToken);
        }
        await _cgroups.RemoveAsync(time, cancellationToken);
    }

    private async Task UntilAsync(Func<bool> holds, Func<bool> hasEnded, CancellationToken cancellationToken)
    {
        for (var waited = TimeSpan.Zero; !holds(); waited += _pause)
        {
            if (hasEnded() || waited > _patience) throw new LabException($"{Name} did not boot:\n{(File.Exists(layout.BootLog) ? await File.ReadAllTextAsync(layout.BootLog, cancellationToken) : "")}");
            await Task.Delay(_pause, time, cancellationToken);
        }
    }

    private int? ReadPid() => File.Exists(layout.PidFile) && int.TryParse(File.ReadAllText(layout.PidFile), CultureInfo.InvariantCulture, out var pid) ? pid : null;

    private static string[] Arguments(int pid)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cmdline")).Split('\0');
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static void Kill(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It has ended by itself.
        }
    }
}
