using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;

namespace Rempart.ApiServer.Tests.Http;

/// <summary>The real kubectl with a configuration and a cache of its own, against one server.</summary>
internal sealed class Kubectl : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("rempart-kubectl-");
    private readonly Uri _address;

    public Kubectl(TestServer server, string user)
    {
        _address = server.Address;
        using var certificate = server.Certificates.Issue($"CN={user}");
        File.WriteAllText(Path("ca.pem"), server.Certificates.Authority.ExportCertificatePem());
        File.WriteAllText(Path("user.pem"), certificate.ExportCertificatePem());
        using var key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(Path("user.key"), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>True when there is a kubectl.</summary>
    public static bool Exists { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(System.IO.Path.Combine(folder, "kubectl")));

    /// <summary>Runs kubectl; what it says on both streams comes back.</summary>
    public async Task<(int Code, string Output)> RunAsync(string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo("kubectl", [.. arguments, "--server", _address.ToString().TrimEnd('/'), "--certificate-authority", Path("ca.pem"),
            "--client-certificate", Path("user.pem"), "--client-key", Path("user.key"), "--cache-dir", Path("cache"), "--request-timeout", "60s"])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["HOME"] = _home.FullName;
        start.Environment["KUBECONFIG"] = Path("none");
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input ?? "");
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }

        return (process.ExitCode, await output + await errors);
    }

    public void Dispose() => _home.Delete(recursive: true);

    private string Path(string name) => System.IO.Path.Combine(_home.FullName, name);
}
