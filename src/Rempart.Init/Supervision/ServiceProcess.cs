using System.Diagnostics;
using Rempart.Init.Services;

namespace Rempart.Init.Supervision;

/// <summary>
/// A service's process, started here or by a supervisor that died. It writes to its log itself and is in a session of its
/// own, so it does not notice when its supervisor goes.
/// </summary>
internal sealed class ServiceProcess : IDisposable
{
    private const string SafePath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    // The shell's pid is the service's: every step from here on is an exec. It leaves its stamp before that, so that no
    // moment exists in which the service runs and nobody knows.
    private const string Launch = """
        read -r stat </proc/$$/stat
        read -r boot </proc/sys/kernel/random/boot_id
        stamp=$1 digest=$2 log=$3
        shift 3
        fields=${stat##*) }
        ticks=$(set -- $fields; echo "${20}")
        echo "$$ $ticks $boot $digest" >"$stamp"
        exec "$@" </dev/null >>"$log" 2>&1
        """;

    private readonly Process? child;

    private ServiceProcess(ProcessStamp stamp, Process? child)
    {
        Stamp = stamp;
        this.child = child;
    }

    internal ProcessStamp Stamp { get; }

    /// <summary>The command as it is executed: the prefixes that change user and namespace, then the service's own; pure.</summary>
    internal static IReadOnlyList<string> Command(ServiceSpec service)
    {
        var command = new List<string>();
        if (service.Netns is { } netns) command.AddRange(["/usr/bin/nsenter", $"--net=/run/netns/{netns}", "--"]);
        if (service.User is { } user) command.AddRange(["/usr/bin/setpriv", "--reuid", user, "--regid", user, "--init-groups", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"]);
        else if (service.Capabilities is { } kept) command.AddRange(["/usr/bin/setpriv", "--inh-caps=-all", $"--bounding-set=-all{string.Concat(kept.Select(name => $",+{name}"))}", "--"]);
        command.AddRange(service.Command);
        return command;
    }

    /// <summary>The process of an earlier supervisor, when it runs and was started as <paramref name="service"/> says now.</summary>
    internal static ServiceProcess? Adopt(ServiceSpec service, string stampPath) =>
        ProcessStamp.Read(stampPath) is { } stamp && stamp.Lives() && stamp.Digest == ServiceFile.Digest(service) ? new ServiceProcess(stamp, child: null) : null;

    internal static async Task<ServiceProcess> StartAsync(ServiceSpec service, string stampPath, TimeProvider time, CancellationToken cancellationToken)
    {
        File.Delete(stampPath);
        var log = service.Log ?? throw new ArgumentException($"service `{service.Name}` has no log", nameof(service));
        Directory.CreateDirectory(Path.GetDirectoryName(log)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var start = new ProcessStartInfo("/usr/bin/setsid", ["/bin/sh", "-c", Launch, "sh", stampPath, ServiceFile.Digest(service), log, .. Command(service)]) { UseShellExecute = false, WorkingDirectory = "/" };
        start.Environment.Clear();
        start.Environment["PATH"] = SafePath;
        foreach (var (name, value) in service.Env) start.Environment[name] = value;
        var started = Process.Start(start) ?? throw new InvalidOperationException("no process was started");
        while (true)
        {
            if (ProcessStamp.Read(stampPath) is { } stamp) return new ServiceProcess(stamp, started);
            if (started.HasExited) return new ServiceProcess(new ProcessStamp(started.Id, 0, ProcessStamp.CurrentBoot(), string.Empty), started);
            await Task.Delay(TimeSpan.FromMilliseconds(5), time, cancellationToken);
        }
    }

    /// <summary>Ends what an earlier supervisor started, however it was started then. False when nothing runs.</summary>
    internal static async Task<bool> EndAsync(string stampPath, TimeSpan grace, TimeProvider time, CancellationToken cancellationToken)
    {
        if (ProcessStamp.Read(stampPath) is not { } stamp || !stamp.Lives()) return false;
        using var stranger = new ServiceProcess(stamp, child: null);
        await stranger.StopAsync(grace, time, cancellationToken);
        return true;
    }

    /// <summary>Waits for its end; the exit code, or null when it was not started here.</summary>
    internal async Task<int?> WaitAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        if (child is not null)
        {
            await child.WaitForExitAsync(cancellationToken);
            return child.ExitCode;
        }
        while (Stamp.Lives()) await Task.Delay(Look, time, cancellationToken);
        return null;
    }

    /// <summary>Asks it to end, and kills it after <paramref name="grace"/>.</summary>
    internal async Task StopAsync(TimeSpan grace, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!Signals.Send(Stamp, Signals.Terminate)) return;
        var ended = WaitAsync(time, cancellationToken);
        if (await Task.WhenAny(ended, Task.Delay(grace, time, cancellationToken)) == ended) return;
        Signals.Send(Stamp, Signals.Kill);
        await ended;
    }

    public void Dispose() => child?.Dispose();
}
