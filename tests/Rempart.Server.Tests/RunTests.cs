using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Audit;
using Rempart.Api.Client;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Rbac;
using Rempart.Server.Bootstrap;
using Rempart.Server.Run;

namespace Rempart.Server.Tests;

[Collection(WholeServers.Name)]
public sealed class RunTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rempart-run-");

    [Fact]
    public async Task A_folder_that_was_not_initialized_is_refused()
    {
        var refused = await Assert.ThrowsAsync<BootstrapException>(() => StartAsync());
        Assert.Contains("run `rempart-server init", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_the_trail_ends_at_8_MiB_unless_told_otherwise()
    {
        Assert.Equal(8 * 1024 * 1024, RunSettings.Parse(["--data", "/x"]).AuditFileBytes);
        Assert.Equal(65536, RunSettings.Parse(["--data", "/x", "--audit-file-bytes", "65536"]).AuditFileBytes);
    }

    [Fact]
    public async Task The_whole_server_serves_its_administrator_and_keeps_what_it_was_told()
    {
        Assert.Equal(0, InitCommand.Run(["--data", Data, "--advertise", "https://127.0.0.1:6443"], TextWriter.Null, Console.Error, TimeProvider.System));
        await using (var server = await StartAsync())
        {
            using var admin = Client(server, "admin");
            await admin.CreateAsync(new ConfigMap { Metadata = new ObjectMeta { Namespace = "default", Name = "kept" } }, TestContext.Current.CancellationToken);
            using var officer = Client(server, "security-officer");
            var refused = await Assert.ThrowsAsync<ApiException>(() =>
                officer.CreateAsync(new ClusterRole { Metadata = new ObjectMeta { Name = "mine" }, Rules = [new PolicyRule { Verbs = ["*"], ApiGroups = ["*"], Resources = ["*"] }] }, TestContext.Current.CancellationToken));
            Assert.Equal(403, refused.Code);
        }

        await using var again = await StartAsync();
        using var client = Client(again, "admin");
        Assert.NotNull(await client.FindAsync<ConfigMap>("default", "kept", TestContext.Current.CancellationToken));

        // The run before has ended with a checkpoint: nodes can be told of it at once.
        var answer = await client.SendAsync(HttpMethod.Get, "/audit/checkpoints/latest", null, null, null, TestContext.Current.CancellationToken);
        var latest = AuditCheckpointAnswer.FromJson(answer.Span);
        using var key = ECDsa.Create();
        key.ImportFromPem(latest.PublicKey);
        Assert.True(latest.Checkpoint!.IsSignedBy(key));
        Assert.Equal(latest.Checkpoint.Head, AuditFolder.Files(Path.Combine(Data, "audit")).SelectMany(AuditFolder.Lines)
            .Select(line => AuditLine.TryRead(line.Span, out var read) ? read : throw new InvalidDataException("no record"))
            .First(line => line.Sequence == latest.Checkpoint.Count).Hash);
    }

    [Fact]
    public async Task The_server_tells_its_metrics_to_those_who_may_ask()
    {
        Assert.Equal(0, InitCommand.Run(["--data", Data, "--advertise", "https://127.0.0.1:6443"], TextWriter.Null, Console.Error, TimeProvider.System));
        await using var server = await StartAsync();
        using var admin = Client(server, "admin");
        await admin.CreateAsync(new ConfigMap { Metadata = new ObjectMeta { Namespace = "default", Name = "counted" } }, TestContext.Current.CancellationToken);
        using var officer = Client(server, "security-officer");
        var refused = await Assert.ThrowsAsync<ApiException>(() => officer.SendAsync(HttpMethod.Get, "/metrics", null, null, "text/plain", TestContext.Current.CancellationToken));
        Assert.Equal(403, refused.Code);
        var text = Encoding.UTF8.GetString((await admin.SendAsync(HttpMethod.Get, "/metrics", null, null, "text/plain", TestContext.Current.CancellationToken)).Span);
        Assert.Matches("""(?m)^apiserver_request_total\{verb="create",resource="configmaps",subresource="",code="201"\} [1-9]""", text);
        Assert.Matches("""(?m)^apiserver_request_total\{verb="get",resource="",subresource="",code="403"\} [1-9]""", text);
        Assert.Matches("""(?m)^rempart_audit_append_seconds_count [1-9]""", text);
        Assert.Matches("""(?m)^rempart_store_commit_seconds_count\{outcome="committed"\} [1-9]""", text);
        Assert.Matches("""(?m)^rempart_build_info\{program="rempart-server",""", text);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Data => Path.Combine(_folder.FullName, "server");

    private Task<ServerProcess> StartAsync() =>
        ServerProcess.StartAsync(new RunSettings { Data = Data, Port = 0, Listen = [IPAddress.Loopback] }, TimeProvider.System, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);

    private ApiClient Client(ServerProcess server, string user)
    {
        var kubeconfig = File.ReadAllLines(Path.Combine(Data, $"{user}.kubeconfig"));
        return ApiClient.Connect(ApiConnection.WithCertificate(server.Addresses[0], Text("certificate-authority-data:"), Text("client-certificate-data:"), Text("client-key-data:")), TimeProvider.System);

        string Text(string key) =>
            Encoding.UTF8.GetString(Convert.FromBase64String(kubeconfig.Single(l => l.Trim().StartsWith(key, StringComparison.Ordinal)).Trim()[key.Length..].Trim().Trim('"')));
    }
}
