using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Client;
using Rempart.Api.Rbac;
using Rempart.Server.Bootstrap;
using Rempart.Server.Run;
using Rempart.Testing.Programs;

namespace Rempart.Server.Tests;

/// <summary>Debian's Prometheus scrapes a whole server, by certificate, as docs/operations/metrics.md says.</summary>
[Trait("level", "real")]
[Collection(WholeServers.Name)]
public sealed class PrometheusTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rempart-prometheus-");

    private string Data => Path.Combine(_folder.FullName, "server");

    [Fact]
    public async Task Prometheus_scrapes_the_server_and_its_own_tool_finds_nothing_to_mend()
    {
        var stop = TestContext.Current.CancellationToken;
        Assert.Equal(0, InitCommand.Run(["--data", Data, "--advertise", "https://127.0.0.1:6443"], TextWriter.Null, Console.Error, TimeProvider.System));
        await using var server = await ServerProcess.StartAsync(new RunSettings { Data = Data, Port = 0, Listen = [IPAddress.Loopback] }, TimeProvider.System, NullLoggerFactory.Instance, stop);
        var (authority, certificate, key) = (Credential("certificate-authority-data"), Credential("client-certificate-data"), Credential("client-key-data"));
        using (var admin = ApiClient.Connect(ApiConnection.WithCertificate(server.Addresses[0], authority, certificate, key), TimeProvider.System))
        {
            Assert.NotNull(await admin.FindAsync<ClusterRole>(null, "system:monitoring", stop));
            var text = await admin.SendAsync(HttpMethod.Get, "/metrics", null, null, "text/plain", stop);
            var (exit, said) = await RunAsync("promtool", ["check", "metrics"], text, stop);
            Assert.True(exit == 0, said);
        }

        var config = Path.Combine(_folder.FullName, "prometheus.yml");
        await File.WriteAllTextAsync(config, $$"""
            global: { scrape_interval: 1s }
            scrape_configs:
            - job_name: rempart-server
              scheme: https
              tls_config: { ca_file: {{Put("ca.crt", authority)}}, cert_file: {{Put("client.crt", certificate)}}, key_file: {{Put("client.key", key)}} }
              static_configs: [{ targets: ["127.0.0.1:{{server.Addresses[0].Port}}"] }]
            """, stop);
        var port = FreePort.Next();
        using var prometheus = Process.Start(new ProcessStartInfo("prometheus",
            [$"--config.file={config}", $"--storage.tsdb.path={Path.Combine(_folder.FullName, "tsdb")}", string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}")])
            { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        var log = new StringBuilder();
        prometheus.ErrorDataReceived += (_, line) => { lock (log) log.AppendLine(line.Data); };
        prometheus.BeginErrorReadLine();
        try
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            Assert.Equal("1", await UntilAsync(http, "up{job=\"rempart-server\"}", prometheus, log, stop));
            Assert.Equal("rempart-server", await UntilAsync(http, "count by (program) (rempart_build_info)", prometheus, log, stop, "program"));
            Assert.NotEqual("0", await UntilAsync(http, "sum(apiserver_request_total{verb=\"get\",code=\"200\"})", prometheus, log, stop));
        }
        finally
        {
            prometheus.Kill();
            await prometheus.WaitForExitAsync(CancellationToken.None);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Put(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private string Credential(string key) => Encoding.UTF8.GetString(Convert.FromBase64String(
        File.ReadAllLines(Path.Combine(Data, "admin.kubeconfig")).Single(l => l.Trim().StartsWith(key, StringComparison.Ordinal)).Trim()[(key.Length + 1)..].Trim().Trim('"')));

    /// <summary>Asks until there is an answer other than none and 0; the value, or that of a label.</summary>
    private static async Task<string> UntilAsync(HttpClient http, string query, Process prometheus, StringBuilder log, CancellationToken cancellationToken, string? label = null)
    {
        for (var i = 0; i < 300; i++)
        {
            Assert.False(prometheus.HasExited, log.ToString());
            try
            {
                using var answer = JsonDocument.Parse(await http.GetStringAsync($"/api/v1/query?query={Uri.EscapeDataString(query)}", cancellationToken));
                if (answer.RootElement.GetProperty("data").GetProperty("result") is { ValueKind: JsonValueKind.Array } result && result.GetArrayLength() > 0)
                {
                    var value = label is null ? result[0].GetProperty("value")[1].GetString()! : result[0].GetProperty("metric").GetProperty(label).GetString()!;
                    if (value != "0") return value;
                }
            }
            catch (HttpRequestException)
            {
                // It is starting.
            }
            await Task.Delay(200, cancellationToken);
        }
        throw new TimeoutException($"no answer to `{query}` in a minute; Prometheus said:\n{log}");
    }

    private static async Task<(int Exit, string Said)> RunAsync(string program, string[] arguments, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        var said = process.StandardError.ReadToEndAsync(cancellationToken);
        var shown = process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.StandardInput.BaseStream.WriteAsync(input, cancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await said + await shown);
    }
}
