using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Rempart.Api.Client;
using Rempart.Testing.Programs;

namespace Rempart.Clients.Tests.Servers;

/// <summary>The program <c>rempart-server</c> as a process of its own, on SQLite unless told otherwise, that can be killed and started again at the same address.</summary>
public sealed class RealServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rempart-server-");
    private readonly List<IDisposable> _clients = [];
    private readonly StringBuilder _log = new();
    private readonly int _port;
    private readonly IReadOnlyList<string> _options;
    private Process? _process;

    private RealServer(int port, IReadOnlyList<string> options) => (_port, _options) = (port, options);

    /// <summary>A folder for whoever uses the server.</summary>
    public string Folder => _folder.FullName;

    public Uri Address => new($"https://127.0.0.1:{_port.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>Path of the administrator's kubeconfig.</summary>
    public string Kubeconfig => Path.Combine(Data, "admin.kubeconfig");

    /// <summary>Memory that the process holds now, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process!.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>True while the process that was started last is there.</summary>
    public bool Runs => _process is { HasExited: false };

    /// <summary>The program that is started next; this build's unless it is upgraded.</summary>
    public string Program { get; set; } = Path.Combine(AppContext.BaseDirectory, "rempart-server");

    private string Data => Path.Combine(Folder, "data");

    /// <summary>Makes keys, and starts it.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="options">Further options of `run`.</param>
    public static async Task<RealServer> StartAsync(CancellationToken cancellationToken, params string[] options)
    {
        var server = new RealServer(FreePort.Next(), options);
        return await server.StartedAsync(async () =>
        {
            await RunAsync(server.Program, ["init", "--data", server.Data, "--advertise", server.Address.AbsoluteUri.TrimEnd('/')], cancellationToken);
            await server.StartAgainAsync(cancellationToken);
        });
    }

    /// <summary>Starts another server with the keys of this one, which must be over the same etcd.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="options">Further options of `run`.</param>
    public async Task<RealServer> StartTwinAsync(CancellationToken cancellationToken, params string[] options)
    {
        var twin = new RealServer(FreePort.Next(), options);
        return await twin.StartedAsync(async () =>
        {
            await RunAsync("cp", ["-a", Data, twin.Data], cancellationToken);
            Directory.Delete(Path.Combine(twin.Data, "audit"), recursive: true);
            await twin.StartAgainAsync(cancellationToken);
        });
    }

    /// <summary>Starts the process and waits until it is ready.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(Program, ["run", "--data", Data, "--port", _port.ToString(CultureInfo.InvariantCulture), .. _options]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true },
        };
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var client = new HttpClient(Handler("admin")) { BaseAddress = Address };
        for (var i = 0; i < 600; i++)
        {
            if (!Runs) break;
            try
            {
                using var answer = await client.GetAsync("/readyz", cancellationToken);
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }

            await Task.Delay(100, cancellationToken);
        }

        Assert.Fail($"the server did not become ready: {Log}");
    }

    /// <summary>Ends the process as a power cut would.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _process = null;
    }

    /// <summary>Stops the process in the middle of whatever it does: it knows nothing of the time until it is thawed.</summary>
    public void Freeze() => Signal("STOP");

    public void Thaw() => Signal("CONT");

    /// <summary>Ends the process as its supervisor does.</summary>
    public async Task StopAsync()
    {
        Signal("TERM");
        await _process!.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _process = null;
    }

    /// <summary>The lines of its audit trail so far.</summary>
    public IEnumerable<string> AuditTrail() => Directory.EnumerateFiles(Path.Combine(Data, "audit"), "*.log").Order(StringComparer.Ordinal).SelectMany(file => File.ReadLines(file));

    /// <summary>What the server has said so far.</summary>
    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    /// <summary>A client with the credentials of <c>admin</c> or <c>security-officer</c>, kept until the server is disposed.</summary>
    public HttpClient Client(string user = "admin", Version? http = null)
    {
        var client = new HttpClient(Handler(user))
        {
            BaseAddress = Address, DefaultRequestVersion = http ?? HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact, Timeout = TimeSpan.FromSeconds(60),
        };
        _clients.Add(client);
        return client;
    }

    /// <summary>Our own client with the administrator's credentials, kept until the server is disposed.</summary>
    public ApiClient Api()
    {
        var client = ApiClient.Connect(Connection(), TimeProvider.System);
        _clients.Add(client);
        return client;
    }

    /// <summary>The administrator's connection.</summary>
    public ApiConnection Connection() => ApiConnection.WithCertificate(
        Address, Credential("admin", "certificate-authority-data:"), Credential("admin", "client-certificate-data:"), Credential("admin", "client-key-data:"));

    /// <summary>A certificate of the server's files, with its key.</summary>
    public X509Certificate2 Certificate(string user)
    {
        using var certificate = X509Certificate2.CreateFromPem(Credential(user, "client-certificate-data:"), Credential(user, "client-key-data:"));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>Trusts the server's own authority alone.</summary>
    public X509ChainPolicy Trust()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(Credential("admin", "certificate-authority-data:"));
        return policy;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        if (_process is not null) await KillAsync();
        _folder.Delete(recursive: true);
    }

    private static async Task RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await errors}");
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    // Nobody else has it before it has started: neither its process nor its folder may stay behind.
    private async Task<RealServer> StartedAsync(Func<Task> start)
    {
        try
        {
            await start();
            return this;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("/bin/kill", [$"-{signal}", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private SocketsHttpHandler Handler(string user) => new()
    {
        SslOptions = { CertificateChainPolicy = Trust(), ClientCertificates = [Certificate(user)] }, ConnectTimeout = TimeSpan.FromSeconds(10), UseProxy = false,
    };

    private string Credential(string user, string key)
    {
        var line = File.ReadLines(Path.Combine(Data, $"{user}.kubeconfig")).Single(text => text.Trim().StartsWith(key, StringComparison.Ordinal));
        return Encoding.UTF8.GetString(Convert.FromBase64String(line.Trim()[key.Length..].Trim().Trim('"')));
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_log)
        {
            if (_log.Length < 1 << 20) _log.AppendLine(line.Data);
        }
    }
}
