using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Rempart.Api.Client;
using Rempart.Testing.Programs;

namespace Rempart.Node.Tests.Agent;

/// <summary>A real `rempart-server` in a process and a folder of its own, on a free port of the loopback.</summary>
internal sealed class ServerProgram : IAsyncDisposable
{
    private readonly StringBuilder _log = new();
    private Process? _process;

    public string Folder { get; } = Directory.CreateTempSubdirectory("server-").FullName;

    public Uri Url { get; } = new($"https://127.0.0.1:{FreePort.Next()}");

    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    private static string Program => BuiltProgram.Server;

    /// <summary>The file of <c>--network</c>; none without network controllers.</summary>
    public string? Network { get; init; }

    /// <summary>A collector of traces; none, and nothing is traced.</summary>
    public Uri? Traces { get; init; }

    /// <summary>Where a file of the audit trail ends; as the program has it when null.</summary>
    public int? AuditFileBytes { get; init; }

    public string PathOf(string name) => Path.Combine(Folder, "data", name);

    /// <summary>The server's process while it runs.</summary>
    public int? Pid => _process?.Id;

    /// <summary>Makes keys and the token of node `h1`, and serves.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using var init = Process.Start(Info("init", "--data", PathOf(""), "--advertise", Url.GetLeftPart(UriPartial.Authority), "--node", "h1"))!;
        await init.WaitForExitAsync(cancellationToken);
        Assert.Equal(0, init.ExitCode);
        await RunAsync(cancellationToken);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        List<string> arguments = ["run", "--data", PathOf(""), "--port", Url.Port.ToString(CultureInfo.InvariantCulture)];
        if (Network is not null) arguments.AddRange(["--network", Network]);
        if (Traces is not null) arguments.AddRange(["--traces", Traces.AbsoluteUri]);
        if (AuditFileBytes is { } bytes) arguments.AddRange(["--audit-file-bytes", bytes.ToString(CultureInfo.InvariantCulture)]);
        _process = Process.Start(Info([.. arguments]))!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var client = Client("admin");
        for (var i = 0; ; i++)
        {
            try
            {
                await client.SendAsync(HttpMethod.Get, "/readyz", null, null, "text/plain", cancellationToken);
                return;
            }
            catch (Api.Meta.ApiException) when (i < 600 && !_process.HasExited)
            {
                await Task.Delay(100, cancellationToken);
            }
        }
    }

    /// <summary>Ends it as a crash would.</summary>
    public async Task KillAsync()
    {
        if (_process is null) return;
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _process = null;
    }

    /// <summary>Ends it as its supervisor does, by SIGTERM.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_process is null) return;
        using (var told = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)])) await told.WaitForExitAsync(cancellationToken);
        await _process.WaitForExitAsync(cancellationToken);
        _process.Dispose();
        _process = null;
    }

    /// <summary>A client from one of the kubeconfigs that the server wrote.</summary>
    public ApiClient Client(string user) => ApiClient.Connect(Connection(user), TimeProvider.System);

    /// <summary>Server and credentials of one of those kubeconfigs.</summary>
    public ApiConnection Connection(string user)
    {
        var text = File.ReadAllText(PathOf($"{user}.kubeconfig"));
        return ApiConnection.WithCertificate(Url, Pem("certificate-authority-data"), Pem("client-certificate-data"), Pem("client-key-data"));

        string Pem(string field) => Encoding.ASCII.GetString(Convert.FromBase64String(
            text.Split('\n').Select(line => line.Trim()).First(line => line.StartsWith(field + ": ", StringComparison.Ordinal))[(field.Length + 2)..]));
    }

    /// <summary>A client with any name and group, by a certificate that this makes with the cluster's own key.</summary>
    public ApiClient ClientAs(string user, string? group)
    {
        var pem = File.ReadAllText(PathOf("pki/ca.pem"));
        using var authority = X509Certificate2.CreateFromPem(pem, pem);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        if (group is not null) subject.AddOrganizationName(group);
        subject.AddCommonName(user);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: true));
        var from = new DateTimeOffset(authority.NotBefore);
        using var made = request.Create(authority, from, from.AddHours(1), RandomNumberGenerator.GetBytes(16));
        return ApiClient.Connect(ApiConnection.WithCertificate(Url, authority.ExportCertificatePem(), made.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem()), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private static ProcessStartInfo Info(params string[] arguments) => new(Program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };

    private void Keep(string? line)
    {
        lock (_log) _log.AppendLine(line);
    }
}
