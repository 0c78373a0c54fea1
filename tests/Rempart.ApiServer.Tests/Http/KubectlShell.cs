using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;

namespace Rempart.ApiServer.Tests.Http;

/// <summary>The real kubectl, with a kubeconfig and a cache of its own.</summary>
internal sealed class KubectlShell : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rempart-kubectl-");
    private readonly string _config;

    public KubectlShell(TestServer server, string user = "alice")
    {
        using var certificate = server.Certificates.Issue($"CN={user}");
        _config = Configure(server.Address, server.Certificates.Authority, Holder(certificate));
    }

    public KubectlShell(Uri server, X509Certificate2 authority, X509Certificate2 user) => _config = Configure(server, authority, Holder(user));

    public KubectlShell(Uri server, X509Certificate2 authority, string token) => _config = Configure(server, authority, $$"""{"token":"{{token}}"}""");

    /// <summary>Runs kubectl to its end and gives what it printed; fails unless it exits with 0.</summary>
    public async Task<string> RunAsync(string arguments, string? input = null, params (string Name, string Value)[] environment)
    {
        var (code, output, error) = await TryAsync(arguments, input, environment);
        Assert.True(code == 0, $"kubectl {arguments} exited with {code}: {error}{output}");
        return output;
    }

    /// <summary>Runs kubectl to its end.</summary>
    public async Task<(int Code, string Output, string Error)> TryAsync(string arguments, string? input = null, params (string Name, string Value)[] environment)
    {
        using var process = Start(arguments, environment);
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    public Process Start(string arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("kubectl", $"--kubeconfig {_config} --cache-dir {_folder.FullName}/cache {arguments}")
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder.FullName,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        start.Environment["HOME"] = _folder.FullName;
        return Process.Start(start)!;
    }

    public string Write(string name, string content)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, content);
        return path;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Holder(X509Certificate2 certificate) =>
        $$"""{"client-certificate-data":"{{Base64(certificate.ExportCertificatePem())}}","client-key-data":"{{Base64(certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem())}}"}""";

    private string Configure(Uri server, X509Certificate2 authority, string user) => Write("config", $$$"""
        {"apiVersion":"v1","kind":"Config","current-context":"t",
         "clusters":[{"name":"t","cluster":{"server":"{{{server.AbsoluteUri.TrimEnd('/')}}}","certificate-authority-data":"{{{Base64(authority.ExportCertificatePem())}}}"}}],
         "users":[{"name":"t","user":{{{user}}}}],
         "contexts":[{"name":"t","context":{"cluster":"t","user":"t"}}]}
        """);

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(text));
}
