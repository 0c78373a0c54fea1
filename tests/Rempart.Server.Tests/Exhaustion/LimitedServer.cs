using System.Diagnostics;
using System.Globalization;
using System.Text;
using Rempart.Api.Client;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Testing.Programs;

namespace Rempart.Server.Tests.Exhaustion;

/// <summary>A real `rempart-server` in a process of its own, with less of something than it wants (setrlimit(2)).</summary>
internal sealed class LimitedServer : IAsyncDisposable
{
    private readonly StringBuilder _log = new();
    private readonly Process _process;

    private LimitedServer(Process process) => _process = process;

    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    public int Port { get; private init; }

    public Process Process => _process;

    public string Data { get; private init; } = "";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string Program => BuiltProgram.Server;

    /// <summary>Takes away more while it runs.</summary>
    /// <param name="limit">As prlimit(1) takes it, `--fsize=3000000`.</param>
    public async Task LimitAsync(string limit)
    {
        using var prlimit = Process.Start("prlimit", [limit, "--pid", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await prlimit.WaitForExitAsync(Stop);
        Assert.Equal(0, prlimit.ExitCode);
    }

    /// <param name="limit">As prlimit(1) takes it, `--nofile=400`.</param>
    public static async Task<LimitedServer> StartAsync(string limit)
    {
        var folder = Directory.CreateTempSubdirectory("rempart-limited-");
        var (data, port) = (Path.Combine(folder.FullName, "server"), FreePort.Next());
        using (var init = Process.Start(Program, ["init", "--data", data, "--advertise", $"https://127.0.0.1:{port}"]))
        {
            await init.WaitForExitAsync(Stop);
            Assert.Equal(0, init.ExitCode);
        }

        // A process that writes beyond its largest file is killed unless it ignores the signal.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "trap '' XFSZ; exec prlimit \"$@\"", "sh", limit, Program, "run", "--data", data, "--port", port.ToString(CultureInfo.InvariantCulture)])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var server = new LimitedServer(Process.Start(start)!) { Port = port, Data = data };
        server._process.OutputDataReceived += (_, line) => server.Keep(line.Data);
        server._process.ErrorDataReceived += (_, line) => server.Keep(line.Data);
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        try
        {
            await server.ReadyAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    // A minute: a machine that runs other tests has little for this one.
    private async Task ReadyAsync()
    {
        using var client = Client();
        for (var i = 0; ; i++)
        {
            try
            {
                await client.SendAsync(HttpMethod.Get, "/readyz", null, null, "text/plain", Stop);
                return;
            }
            catch (ApiException failure) when (i < 600)
            {
                Assert.False(_process.HasExited, $"{failure.Message}\n{Log}");
                await Task.Delay(100, Stop);
            }
        }
    }

    /// <summary>Sockets that the server has now.</summary>
    public int Sockets()
    {
        var count = 0;
        foreach (var descriptor in Directory.GetFiles($"/proc/{_process.Id}/fd"))
        {
            try
            {
                if (new FileInfo(descriptor).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true) count++;
            }
            catch (IOException)
            {
                // Closed since it was listed.
            }
        }

        return count;
    }

    public ApiClient Client()
    {
        var kubeconfig = File.ReadAllLines(Path.Combine(Data, "admin.kubeconfig"));
        return ApiClient.Connect(ApiConnection.WithCertificate(new Uri($"https://127.0.0.1:{Port}"), Text("certificate-authority-data:"), Text("client-certificate-data:"), Text("client-key-data:")), TimeProvider.System);

        string Text(string key) =>
            Encoding.UTF8.GetString(Convert.FromBase64String(kubeconfig.Single(l => l.Trim().StartsWith(key, StringComparison.Ordinal)).Trim()[key.Length..].Trim().Trim('"')));
    }

    public static Task<ConfigMap> WriteAsync(ApiClient client, string name, int bytes = 10) => client.CreateAsync(
        new ConfigMap { Metadata = new ObjectMeta { Namespace = "default", Name = name }, Data = new Dictionary<string, string> { ["k"] = new('x', bytes) } }, Stop);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        Directory.GetParent(Data)!.Delete(recursive: true);
    }

    private void Keep(string? line)
    {
        lock (_log) _log.AppendLine(line);
    }
}
