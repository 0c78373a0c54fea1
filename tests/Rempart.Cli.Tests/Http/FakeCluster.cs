using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Rempart.Cli.Tests.Http;

/// <summary>Two servers of one cluster that answer from documents, and a kubeconfig that names both.</summary>
internal sealed class FakeCluster : IAsyncDisposable
{
    public const string Nodes = "/api/v1/nodes", Machines = "/apis/compute.rempart.dev/v1/virtualmachines", Maintenances = "/apis/infra.rempart.dev/v1/hostmaintenances";
    public const string Leader = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/rempart-controllers", Lives = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/";

    private readonly X509Certificate2 _certificate = FakeServer.Certificate();
    private readonly List<FakeServer> _servers = [];
    private int _renewals;

    /// <summary>Objects by path, and collections by theirs with <c>items</c>.</summary>
    public ConcurrentDictionary<string, JsonObject> Documents { get; } = new(StringComparer.Ordinal);

    /// <summary>Each request but those for health: <c>METHOD path</c>.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>Servers, by their place, that say that they are not ready.</summary>
    public ConcurrentDictionary<int, bool> NotReady { get; } = [];

    /// <summary>Answers in place of the documents when it returns true.</summary>
    public Func<int, HttpContext, Task<bool>>? First { get; set; }

    /// <summary>Hosts whose agents are silent.</summary>
    public ConcurrentDictionary<string, bool> Silent { get; } = new(StringComparer.Ordinal);

    public FakeServer this[int place] => _servers[place];

    public string Kubeconfig { get; } = Path.GetTempFileName();

    public static async Task<FakeCluster> StartAsync(params string[] hosts)
    {
        var cluster = new FakeCluster();
        for (var i = 0; i < 2; i++)
        {
            var place = i;
            cluster._servers.Add(await FakeServer.StartAsync(cluster._certificate, context => cluster.AnswerAsync(place, context)));
        }

        cluster.Documents["/version"] = Json("""{"gitVersion":"v1.32.0+rempart.0.3.0"}""");
        cluster.Documents["/api"] = Kinds("", ("nodes", "node", "Node", "Cluster"));
        cluster.Documents["/apis"] = Json($$"""{"items":[{{string.Join(',', new[]
        {
            Kinds("compute.rempart.dev", ("virtualmachines", "virtualmachine", "VirtualMachine", "Namespaced"), ("machinemigrations", "machinemigration", "MachineMigration", "Namespaced")),
            Kinds("infra.rempart.dev", ("hostmaintenances", "hostmaintenance", "HostMaintenance", "Cluster")),
        }.Select(list => list["items"]![0]!.ToJsonString()))}}]}""");
        cluster.Documents[Machines] = cluster.Documents["/apis/compute.rempart.dev/v1/machinemigrations"] = Json("""{"items":[]}""");
        cluster.Documents[Leader] = Json($$$"""{"spec":{"holderIdentity":"host1_5b1f","leaseDurationSeconds":15,"renewTime":"{{{TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture)}}}"}}""");
        cluster.Documents[Nodes] = Json($$"""{"items":[{{string.Join(',', hosts.Select(host => $$$"""{"metadata":{"name":"{{{host}}}"},"status":{"conditions":[{"type":"Ready","status":"True"}]}}"""))}}]}""");
        foreach (var host in hosts) cluster.Documents[$"{Nodes}/{host}"] = Json($$$"""{"metadata":{"name":"{{{host}}}"}}""");
        await File.WriteAllTextAsync(cluster.Kubeconfig, $$"""
            {"current-context":"c","contexts":[{"name":"c","context":{"cluster":"c","user":"u"} }],"users":[{"name":"u","user":{"token":"t"} }],
             "clusters":[{"name":"c","cluster":{"server":"{{cluster[0].Address}}","certificate-authority-data":"{{System.Convert.ToBase64String(Encoding.UTF8.GetBytes(cluster._certificate.ExportCertificatePem()))}}",
               "extensions":[{"name":"rempart.dev/servers","extension":{"servers":["{{cluster[0].Address}}","{{cluster[1].Address}}"]} }]} }]}
            """, TestContext.Current.CancellationToken);
        return cluster;
    }

    public static JsonObject Json(string text) => (JsonObject)JsonNode.Parse(text)!;

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
        _certificate.Dispose();
        File.Delete(Kubeconfig);
    }

    private static JsonObject Kinds(string group, params (string Plural, string Singular, string Kind, string Scope)[] kinds) => Json(
        $$"""{"items":[{"metadata":{"name":"{{group}}"},"versions":[{"version":"v1","resources":[{{string.Join(',', kinds.Select(kind =>
            $$$"""{"resource":"{{{kind.Plural}}}","singularResource":"{{{kind.Singular}}}","shortNames":["{{{Short(kind.Kind)}}}"],"scope":"{{{kind.Scope}}}","responseKind":{"kind":"{{{kind.Kind}}}"},"verbs":["list"]}"""))}}]}]}]}""");

    private static string Short(string kind) => string.Concat(kind.Where(char.IsUpper)).ToLowerInvariant();

    private async Task AnswerAsync(int place, HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (path == "/readyz")
        {
            context.Response.StatusCode = NotReady.ContainsKey(place) ? 500 : 200;
            return;
        }

        Requests.Enqueue($"{context.Request.Method} {path}");
        if (First is not null && await First(place, context)) return;
        var answer = context.Request.Method switch
        {
            "POST" when path == Maintenances => Enter(Json(await new StreamReader(context.Request.Body).ReadToEndAsync(context.RequestAborted))),
            "DELETE" => Documents.TryRemove(path, out var removed) ? removed : null,
            _ when path == Maintenances => Json($$"""{"items":[{{string.Join(',', Documents.Where(pair => pair.Key.StartsWith(Maintenances + "/", StringComparison.Ordinal)).Select(pair => pair.Value.ToJsonString()))}}]}"""),
            _ when path.StartsWith(Lives, StringComparison.Ordinal) => Life(path[Lives.Length..]),
            _ => Documents.GetValueOrDefault(path),
        };
        context.Response.StatusCode = answer is null ? 404 : 200;
        await context.Response.WriteAsync(answer?.ToJsonString() ?? "{}", context.RequestAborted);
    }

    // It has no machines, so it is drained at once.
    private JsonObject Enter(JsonObject made)
    {
        made["status"] = new JsonObject { ["phase"] = "Drained", ["message"] = "nothing runs there" };
        return Documents[$"{Maintenances}/{made["metadata"]!["name"]}"] = made;
    }

    private JsonObject Life(string host)
    {
        var renewed = Silent.ContainsKey(host) ? 0 : Interlocked.Increment(ref _renewals);
        return Json(string.Create(CultureInfo.InvariantCulture, $$$"""{"spec":{"renewTime":"{{{renewed}}}"}}"""));
    }
}
