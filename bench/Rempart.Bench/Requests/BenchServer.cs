using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rempart.ApiServer.Certificates;
using Rempart.Bench.Instance;

namespace Rempart.Bench.Requests;

/// <summary>A `rempart-server` of the bench's own on loopback, as an instance's supervisor starts it, with a store on disk; everything of it is removed at the end.</summary>
internal sealed class BenchServer : IAsyncDisposable
{
    /// <summary>Administrators who share the load: one alone may leave only so many records a second.</summary>
    private const int Users = 16;

    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);
    private readonly string _folder;
    private readonly IReadOnlyList<string> _store;
    private readonly X509Certificate2Collection _trust = [];
    private readonly List<X509Certificate2> _users = [];
    private readonly TimeProvider _time;
    private Process? _process;

    private BenchServer(string folder, int port, IReadOnlyList<string> store, TimeProvider time) => (_folder, Port, _store, _time) = (folder, port, store, time);

    internal int Port { get; }

    internal int Pid => _process?.Id ?? throw new InvalidOperationException("the server does not run");

    private static string Program => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../Rempart.Server/release/rempart-server"));

    private string Data => Path.Combine(_folder, "server");

    /// <summary>Makes keys, and starts the server.</summary>
    /// <param name="settings">The bench's.</param>
    /// <param name="store">Options of `run` that name its store; none for a file.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BenchException">It is not built, or did not start.</exception>
    internal static async Task<BenchServer> StartAsync(BenchSettings settings, IReadOnlyList<string> store, CancellationToken cancellationToken)
    {
        if (!File.Exists(Program)) throw new BenchException($"`{Program}` is not there: `./dev bench` builds it");
        var server = new BenchServer(Directory.CreateDirectory($"/var/tmp/rempart-bench-api-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(4, lowercase: true)}").FullName, FreePort(), store, settings.Time);
        try
        {
            using (var init = Run(["init", "--data", server.Data, "--advertise", $"https://127.0.0.1:{server.Port}"]))
            {
                await init.WaitForExitAsync(cancellationToken);
                if (init.ExitCode != 0) throw new BenchException($"`rempart-server init` ended with {init.ExitCode}");
            }

            server.MakeUsers();
            await server.StartAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it, again after a stop; the time until it is ready.</summary>
    internal async Task<TimeSpan> StartAsync(CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        _process = Run(["run", "--data", Data, "--port", Port.ToString(CultureInfo.InvariantCulture), "--log-level", "warning", .. _store]);
        using var client = Client(0);
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri("/readyz", UriKind.Relative), cancellationToken);
                if (answer.StatusCode == HttpStatusCode.OK) return _time.GetElapsedTime(began);
            }
            catch (HttpRequestException)
            {
                if (_process.HasExited) throw new BenchException($"the server ended with {_process.ExitCode}; what it said is above");
            }

            if (_time.GetElapsedTime(began) > _patience) throw new BenchException("the server did not become ready");
            await Task.Delay(TimeSpan.FromMilliseconds(10), _time, cancellationToken);
        }
    }

    /// <summary>Ends it as its supervisor does.</summary>
    internal async Task StopAsync()
    {
        if (_process is null) return;
        if (!_process.HasExited)
        {
            using var kill = Process.Start("/bin/kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync(CancellationToken.None);
            try
            {
                await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
            }
            catch (TimeoutException)
            {
                _process.Kill();
            }
        }

        _process.Dispose();
        _process = null;
    }

    /// <summary>An HTTP client with a connection of its own.</summary>
    /// <param name="user">Number of its user; any.</param>
    /// <param name="version">HTTP version.</param>
    internal HttpClient Client(int user, Version? version = null) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        SslOptions = new SslClientAuthenticationOptions
        {
            LocalCertificateSelectionCallback = (_, _, _, _, _) => _users[user % Users],
            CertificateChainPolicy = Policy(),
        },
    })
    {
        BaseAddress = new Uri($"https://127.0.0.1:{Port}"), DefaultRequestVersion = version ?? HttpVersion.Version11, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact, Timeout = TimeSpan.FromMinutes(5),
    };

    internal double CpuSeconds() => ProcessUse.CpuSeconds(Pid);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _users.ForEach(user => user.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    internal static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(_trust);
        return policy;
    }

    private void MakeUsers()
    {
        var pem = File.ReadAllText(Path.Combine(Data, "pki", "ca.pem"));
        using var authority = new CertificateAuthority(X509Certificate2.CreateFromPem(pem, pem), _time);
        _trust.Add(X509CertificateLoader.LoadCertificate(authority.Certificate.RawData));
        for (var i = 0; i < Users; i++)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var certificate = authority.IssueClient(new PublicKey(key), $"bench-{i}", ["rempart:administrators"], TimeSpan.FromHours(12));
            _users.Add(certificate.CopyWithPrivateKey(key));
        }
    }

    // The settings of scripts/services.sh.
    private static Process Run(IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(Program, arguments)
        {
            UseShellExecute = false,
            Environment = { ["DOTNET_gcServer"] = "0", ["DOTNET_gcConcurrent"] = "0", ["DOTNET_GCgen0size"] = "0x400000", ["DOTNET_EnableDiagnostics"] = "0" },
        };
        if (arguments[0] == "init") start.RedirectStandardOutput = true;
        return Process.Start(start)!;
    }
}
