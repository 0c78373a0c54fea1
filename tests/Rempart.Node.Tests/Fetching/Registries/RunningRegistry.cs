using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Rempart.Node.Tests.Volumes;
using Rempart.Testing.Programs;

namespace Rempart.Node.Tests.Fetching.Registries;

/// <summary>docker-registry of Debian on loopback, over TLS with the certificate of a test's own server.</summary>
internal sealed class RunningRegistry : IAsyncDisposable
{
    internal const string Repository = "containers/disk";
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    private readonly string folder = Directory.CreateTempSubdirectory("rempart-registry-").FullName;
    private readonly int port = FreePort.Next();
    private readonly HttpClient http;
    private readonly Process process;
    private readonly Task<string[]> log;

    private RunningRegistry(FileServer certified)
    {
        File.WriteAllText(PathOf("tls.crt"), certified.CertificatePem);
        File.WriteAllText(PathOf("tls.key"), certified.KeyPem);
        File.WriteAllText(PathOf("config.yml"), $$"""
            version: 0.1
            log: {level: info, formatter: text}
            storage: {filesystem: {rootdirectory: {{PathOf("data")}} } }
            http: {addr: '127.0.0.1:{{port}}', tls: {certificate: {{PathOf("tls.crt")}}, key: {{PathOf("tls.key")}} } }
            """);
        process = Process.Start(new ProcessStartInfo("docker-registry", ["serve", PathOf("config.yml")]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
        log = Task.WhenAll(process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
        using var itself = X509Certificate2.CreateFromPem(certified.CertificatePem);
        var known = itself.RawData;
        http = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, seen, _, _) => seen?.GetRawCertData().SequenceEqual(known) == true } }) { BaseAddress = new Uri($"https://127.0.0.1:{port}/v2/{Repository}/") };
    }

    internal static async Task<RunningRegistry> StartAsync(FileServer certified, CancellationToken cancellationToken)
    {
        var registry = new RunningRegistry(certified);
        for (var look = 0; look < 300 && !registry.process.HasExited; look++)
        {
            try
            {
                using var answer = await registry.http.GetAsync(new Uri("/v2/", UriKind.Relative), cancellationToken);
                if (answer.IsSuccessStatusCode) return registry;
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }

            await Task.Delay(100, cancellationToken);
        }

        await registry.DisposeAsync();
        throw new InvalidOperationException($"docker-registry does not answer: {string.Concat(await registry.log)}");
    }

    internal string Address(PushedManifest manifest) => $"docker://{FileServer.Name}:{port}/{Repository}@{manifest.Digest}";

    /// <summary>What KubeVirt's documentation builds with docker: an image of one layer with the disk in `/disk/`.</summary>
    internal async Task<PushedManifest> PushContainerDiskAsync(string disk, CancellationToken cancellationToken)
    {
        var layout = PathOf("layout");
        await Programs.OutputAsync("umoci", ["init", "--layout", layout]);
        await Programs.OutputAsync("umoci", ["new", "--image", layout + ":latest"]);
        await Programs.OutputAsync("umoci", ["insert", "--image", layout + ":latest", disk, "/disk/disk.qcow2"]);
        await Programs.OutputAsync("skopeo", ["copy", "--insecure-policy", "--dest-tls-verify=false", $"oci:{layout}:latest", $"docker://127.0.0.1:{port}/{Repository}:latest"]);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("manifests/latest", UriKind.Relative));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(ManifestType));
        using var answer = await http.SendAsync(request, cancellationToken);
        var bytes = await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(cancellationToken);
        return new PushedManifest("sha256:" + PoolFixture.Digest(bytes), bytes.Length);
    }

    /// <summary>What ORAS pushes: a manifest whose layer is the file.</summary>
    internal async Task<PushedManifest> PushFileAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        byte[] config = [(byte)'{', (byte)'}'];
        await BlobAsync(config, cancellationToken);
        await BlobAsync(bytes, cancellationToken);
        return await PutAsync(ManifestType, $$"""
            {"schemaVersion":2,"mediaType":"{{ManifestType}}","config":{"mediaType":"application/vnd.unknown.config.v1+json","digest":"sha256:{{PoolFixture.Digest(config)}}","size":2},
            "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:{{PoolFixture.Digest(bytes)}}","size":{{bytes.Length}},"annotations":{"org.opencontainers.image.title":"vmlinuz"} }]}
            """, cancellationToken);
    }

    internal async Task<PushedManifest> PutAsync(string mediaType, string json, CancellationToken cancellationToken)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var digest = "sha256:" + PoolFixture.Digest(bytes);
        using var content = new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } };
        using var answer = await http.PutAsync(new Uri($"manifests/{digest}", UriKind.Relative), content, cancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
        return new PushedManifest(digest, bytes.Length);
    }

    /// <summary>Ends it, and returns what it wrote.</summary>
    internal async Task<string> LogAsync(CancellationToken cancellationToken)
    {
        if (!process.HasExited) process.Kill();
        return string.Concat(await log.WaitAsync(cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        await LogAsync(CancellationToken.None);
        await process.WaitForExitAsync();
        process.Dispose();
        http.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task BlobAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        using var begun = await http.PostAsync(new Uri("blobs/uploads/", UriKind.Relative), null, cancellationToken);
        var place = begun.EnsureSuccessStatusCode().Headers.Location!;
        using var content = new ByteArrayContent(bytes);
        using var done = await http.PutAsync(new UriBuilder(new Uri(http.BaseAddress!, place)) { Query = place.Query.TrimStart('?') + $"&digest=sha256:{PoolFixture.Digest(bytes)}" }.Uri, content, cancellationToken);
        done.EnsureSuccessStatusCode();
    }

    private string PathOf(string name) => Path.Combine(folder, name);
}
