using System.Diagnostics;

namespace Rempart.Testing.Etcd;

/// <summary>One real <c>etcd</c> of a cluster, with its data in a folder that outlives the process.</summary>
public sealed class EtcdMemberProcess : IDisposable
{
    private readonly IReadOnlyList<string> _arguments;
    private readonly string _log;
    private Process? _process;

    internal EtcdMemberProcess(string name, Uri client, IReadOnlyList<string> arguments, string log) =>
        (Name, Client, _arguments, _log) = (name, client, arguments, log);

    public string Name { get; }

    /// <summary>Where clients reach it.</summary>
    public Uri Client { get; }

    /// <summary>Its process, while it runs.</summary>
    public int Pid => _process?.Id ?? throw new InvalidOperationException($"etcd `{Name}` does not run");

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>What it has logged in all its runs.</summary>
    public string Log => File.Exists(_log) ? File.ReadAllText(_log) : "";

    /// <summary>Starts it, also again after <see cref="Kill"/>; does not wait until it serves.</summary>
    public void Start()
    {
        if (IsRunning) return;
        _process?.Dispose();
        // The shell becomes etcd, so that its log needs no reader here.
        _process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >>\"$0\" 2>&1", _log, .. _arguments]) { UseShellExecute = false })!;
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        if (_process is null) return;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    /// <summary>SIGSTOP: connections stay open and nobody answers.</summary>
    public void Freeze() => Signal("STOP");

    /// <summary>SIGCONT.</summary>
    public void Thaw() => Signal("CONT");

    public void Dispose() => Kill();

    private void Signal(string name)
    {
        using var kill = Process.Start("/bin/kill", [$"-{name}", $"{_process!.Id}"]);
        kill.WaitForExit();
        if (kill.ExitCode != 0) throw new InvalidOperationException($"etcd `{Name}` can't be sent SIG{name}");
    }
}
