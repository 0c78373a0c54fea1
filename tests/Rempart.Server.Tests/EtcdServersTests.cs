using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Client;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Server.Bootstrap;
using Rempart.Server.Run;
using Rempart.Testing.Etcd;
using Rempart.Testing.Time;

namespace Rempart.Server.Tests;

/// <summary>Two whole servers over one real etcd cluster of three members.</summary>
[Collection(WholeServers.Name)]
[Trait("level", "real")]
public sealed class EtcdServersTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rempart-servers-");
    private EtcdCluster _cluster = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await EtcdCluster.StartAsync(3, Stop);

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Two_servers_agree_before_during_and_after_the_loss_of_etcds_leader()
    {
        // Given two servers with the same keys
        await using var a = await StartAsync("a");
        await using var b = await StartAsync("b");
        using var atA = Client(a, "a");
        using var atB = Client(b, "b");

        // When one writes, a list and a get of the other that follow show it
        for (var i = 0; i < 20; i++)
        {
            var (writer, reader) = i % 2 == 0 ? (atA, atB) : (atB, atA);
            var made = await CreateAsync(writer, $"first-{i}");
            var list = await reader.ListAsync<ConfigMap>(new ListQuery { Namespace = "default" }, Stop);
            Assert.Contains(list.Items, item => item.Metadata.Name == $"first-{i}" && item.Metadata.ResourceVersion == made.Metadata.ResourceVersion);
            Assert.NotNull(await reader.FindAsync<ConfigMap>("default", $"first-{i}", Stop));
        }

        // And watches of both begin at the same place
        var start = (await atA.ListAsync<ConfigMap>(new ListQuery { Namespace = "default" }, Stop)).Metadata.ResourceVersion!;
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var (seenAtA, seenAtB) = (Follow(atA, start, watching.Token), Follow(atB, start, watching.Token));

        // When the leader dies amid writes of both
        var made2 = new List<string>();
        for (var i = 0; i < 30; i++)
        {
            if (i == 10) (await _cluster.ServesAsync(Stop)).Kill();
            var name = $"second-{i}";
            await WriteThroughAsync(i % 2 == 0 ? atA : atB, name);
            made2.Add(name);
        }

        // Then both watches tell the same events, each once and in order, and the caches have caught up
        await Eventually.HoldsAsync("all events at both", () => seenAtA.Count >= made2.Count && seenAtB.Count >= made2.Count, Stop);
        Assert.Equal(seenAtA, seenAtB);
        Assert.Equal(made2.Order(StringComparer.Ordinal), seenAtA.Select(seen => seen.Split('@')[0]).Order(StringComparer.Ordinal));
        var revisions = seenAtA.Select(seen => long.Parse(seen.Split('@')[1], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(revisions.Order(), revisions);
        Assert.Equal("ok", await ReadyAsync(atB));
        await watching.CancelAsync();
    }

    [Fact]
    public async Task A_server_outlives_the_absence_of_all_of_etcd_and_says_that_it_is_not_ready()
    {
        await using var server = await StartAsync("a");
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var running = server.RunAsync(ending.Token);
        using var client = Client(server, "a");
        await CreateAsync(client, "before");
        foreach (var member in _cluster.Members) member.Kill();
        Assert.Equal(500, (await Assert.ThrowsAsync<ApiException>(() => ReadyAsync(client))).Code);
        var refused = await Assert.ThrowsAsync<ApiException>(() => CreateAsync(client, "between"));
        Assert.True(refused.Code is 503 or 504, refused.Message);
        foreach (var member in _cluster.Members) member.Start();
        await _cluster.ServesAsync(Stop);
        Assert.Equal("ok", await ReadyAsync(client));
        await WriteThroughAsync(client, "after");
        Assert.NotNull(await client.FindAsync<ConfigMap>("default", "before", Stop));
        Assert.False(running.IsCompleted, "the server ended");
        await ending.CancelAsync();
        await running;
    }

    /// <summary>Creates an object whatever it takes: what is said to be unknown is looked up.</summary>
    private static async Task WriteThroughAsync(ApiClient client, string name)
    {
        for (var i = 0; i < 200; i++)
        {
            try
            {
                await CreateAsync(client, name);
                return;
            }
            catch (ApiException failure) when (failure.Code is 409)
            {
                return;
            }
            catch (ApiException failure) when (failure.Code >= 500)
            {
                await Task.Delay(100, Stop);
            }
        }

        Assert.Fail($"`{name}` could not be written");
    }

    private static Task<ConfigMap> CreateAsync(ApiClient client, string name) =>
        client.CreateAsync(new ConfigMap { Metadata = new ObjectMeta { Namespace = "default", Name = name } }, Stop);

    private static ConcurrentQueue<string> Follow(ApiClient client, string after, CancellationToken cancellationToken)
    {
        var seen = new ConcurrentQueue<string>();
        _ = Task.Run(async () =>
        {
            await foreach (var change in client.WatchAsync<ConfigMap>(new ListQuery { Namespace = "default", ResourceVersion = after }, cancellationToken))
            {
                if (change.Type == ApiEventType.Added) seen.Enqueue($"{change.Object!.Metadata.Name}@{change.Object.Metadata.ResourceVersion}");
            }
        }, cancellationToken);
        return seen;
    }

    private static async Task<string> ReadyAsync(ApiClient client) =>
        Encoding.UTF8.GetString((await client.SendAsync(HttpMethod.Get, "/readyz", null, null, "text/plain", Stop)).Span);

    private async Task<ServerProcess> StartAsync(string name)
    {
        var data = Path.Combine(_folder.FullName, name);
        if (name == "a")
        {
            Assert.Equal(0, InitCommand.Run(["--data", data, "--advertise", "https://127.0.0.1:6443"], TextWriter.Null, Console.Error, TimeProvider.System));
        }
        else
        {
            // The second server has the first one's keys: docs/operations/store.md.
            PrivateFile.EnsureFolder(data);
            PrivateFile.EnsureFolder(new DataFolder(data).Keys);
            foreach (var file in Directory.EnumerateFiles(Path.Combine(_folder.FullName, "a", "pki"))) File.Copy(file, Path.Combine(data, "pki", Path.GetFileName(file)));
            foreach (var file in new[] { "init.json", "admin.kubeconfig" }) File.Copy(Path.Combine(_folder.FullName, "a", file), Path.Combine(data, file));
        }

        var settings = RunSettings.Parse(
        [
            "--data", data, "--port", "0", "--store", "etcd", .. _cluster.Arguments("whole"),
            "--audit-chain", $"rempart-server-{name}", "--controllers", name == "a" ? "on" : "off",
        ]);
        return await ServerProcess.StartAsync(settings, TimeProvider.System, NullLoggerFactory.Instance, Stop);
    }

    private ApiClient Client(ServerProcess server, string name)
    {
        var kubeconfig = File.ReadAllLines(Path.Combine(_folder.FullName, name, "admin.kubeconfig"));
        return ApiClient.Connect(ApiConnection.WithCertificate(server.Addresses[0], Text("certificate-authority-data:"), Text("client-certificate-data:"), Text("client-key-data:")), TimeProvider.System);

        string Text(string key) =>
            Encoding.UTF8.GetString(Convert.FromBase64String(kubeconfig.Single(l => l.Trim().StartsWith(key, StringComparison.Ordinal)).Trim()[key.Length..].Trim().Trim('"')));
    }
}
