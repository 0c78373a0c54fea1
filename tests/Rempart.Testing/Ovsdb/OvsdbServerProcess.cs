using System.Diagnostics;

namespace Rempart.Testing.Ovsdb;

/// <summary>A real `ovsdb-server` with a northbound database in a folder of its own.</summary>
public sealed class OvsdbServerProcess : IDisposable
{
    private readonly List<string> _arguments;
    private Process? _process;

    public OvsdbServerProcess(params string[] arguments)
    {
        Folder = Directory.CreateTempSubdirectory("rempart-ovsdb-").FullName;
        _arguments = [.. arguments];
        Create();
        Start();
    }

    public string Folder { get; }

    public string SocketPath => Path.Combine(Folder, "db.sock");

    private string DatabasePath => Path.Combine(Folder, "nb.db");

    public void Start()
    {
        File.Delete(SocketPath);
        _process = Process.Start(new ProcessStartInfo("ovsdb-server",
            [DatabasePath, $"--remote=punix:{SocketPath}", $"--unixctl={Folder}/ctl", "-vconsole:emer", "-vsyslog:off", "-vfile:off", .. _arguments]))!;
        // Its command line tools give up at once where nobody listens.
        if (!SpinWait.SpinUntil(() => File.Exists(SocketPath), TimeSpan.FromSeconds(30))) throw new TimeoutException("ovsdb-server does not listen");
    }

    public void Stop()
    {
        if (_process is null) return;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    public void DropDatabase()
    {
        File.Delete(DatabasePath);
        Create();
    }

    public string Nbctl(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ovn-nbctl", ["--timeout=10", $"--db=unix:{SocketPath}", .. arguments]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"ovn-nbctl {string.Join(' ', arguments)} failed");
    }

    public void Dispose()
    {
        Stop();
        Directory.Delete(Folder, recursive: true);
    }

    private void Create()
    {
        using var process = Process.Start("ovsdb-tool", ["create", DatabasePath, "/usr/share/ovn/ovn-nb.ovsschema"]);
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException("ovsdb-tool create failed");
    }
}
