using System.Globalization;
using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Http;
using Rempart.ApiServer.Tests.Placement;
using Rempart.ApiServer.Tests.Quotas;

namespace Rempart.ApiServer.Tests.Kinds;

/// <summary>Servers over one store, three hosts, and machines that run on the first of them.</summary>
internal sealed class MoveWorld : IAsyncDisposable
{
    public const string Moves = "/apis/compute.rempart.dev/v1/namespaces/default/machinemigrations";
    public const string Machines = "/apis/compute.rempart.dev/v1/namespaces/default/virtualmachines";
    public const string Volumes = "/apis/storage.rempart.dev/v1/namespaces/default/volumes";
    private const string Compute = "/apis/compute.rempart.dev/v1";
    private const string Zeros = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    private readonly QuotaWorld _world;
    private readonly Dictionary<(int, string), HttpClient> _clients = [];

    private MoveWorld(QuotaWorld world) => _world = world;

    public IReadOnlyList<TestServer> Servers => _world.Servers;

    public QuotaWorld World => _world;

    public static async Task<MoveWorld> StartAsync(int servers)
    {
        var world = new MoveWorld(await QuotaWorld.StartAsync(servers));
        var server = world.Servers[0];
        await DoneAsync(server.PostAsync(Compute + "/machineclasses", """{"metadata":{"name":"small"},"spec":{"cpus":1,"memory":"256Mi"}}"""));
        await DoneAsync(server.PostAsync("/apis/storage.rempart.dev/v1/images", $$$"""{"metadata":{"name":"i"},"spec":{"type":"Disk","format":"raw","digest":"{{{Zeros}}}"}}"""));
        var template = await DoneAsync(server.PostAsync(Compute + "/machinetemplates", $$$"""
            {"metadata":{"name":"t"},"spec":{"os":{"family":"linux","name":"debian"},"rootDisk":{"image":"i","digest":"{{{Zeros}}}"},"boot":{"firmware":"Direct","kernel":{"image":"i","digest":"{{{Zeros}}}"}},"classes":["small"]}}
            """));
        await DoneAsync(server.SendAsync(HttpMethod.Post, "/apis/security.rempart.dev/v1/approvals",
            $$$"""{"metadata":{"name":"a"},"spec":{"template":"t","templateUid":"{{{template["metadata"]!["uid"]}}}","digest":"{{{template["status"]!["digest"]}}}"}}""", client: world.ClientOf(0, "olga")));
        foreach (var pool in (string[])["local", "fast"]) await DoneAsync(server.PostAsync("/apis/storage.rempart.dev/v1/storagepools", $$$"""{"metadata":{"name":"{{{pool}}}"},"spec":{"type":"Directory"}}"""));
        foreach (var node in (string[])["host1", "host2", "host3"]) await PlacementWorld.HostAsync(server, node, "64Gi", "32");
        return world;
    }

    /// <summary>A machine that is bound to the first host, with so many volumes that have data there.</summary>
    public async Task MachineAsync(string name, int volumes = 2)
    {
        var server = Servers[0];
        await DoneAsync(server.PostAsync(Machines, $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"template":"t","class":"small"}}"""));
        await DoneAsync(server.PostAsync($"{Machines}/{name}/binding", """{"nodeName":"host1"}"""));
        var attached = new JsonArray();
        for (var i = 0; i < volumes; i++)
        {
            var volume = string.Create(CultureInfo.InvariantCulture, $"{name}-v{i}");
            await DoneAsync(server.PostAsync(Volumes, $$$"""{"metadata":{"name":"{{{volume}}}"},"spec":{"size":"1Gi"}}"""));
            attached.Add((JsonNode)new JsonObject { ["name"] = $"v{i}", ["objectName"] = volume });
            await DoneAsync(PatchAsync(0, "system:node:host1,O=system:nodes", $"{Volumes}/{volume}/status", """{"status":{"phase":"Ready","nodeName":"host1","pool":"local"}}"""));
        }

        await DoneAsync(PatchAsync(0, "system:controller:machine", $"{Machines}/{name}/status", new JsonObject { ["status"] = new JsonObject { ["volumes"] = attached } }.ToJsonString()));
    }

    /// <summary>A move from the first host to another, as the controller has begun it, and whose source has sent all.</summary>
    /// <returns>The body of its commit.</returns>
    public async Task<JsonObject> MoveAsync(string machine, string move, string source = "host1", string target = "host2", string more = "")
    {
        var made = await DoneAsync(CreateAsync(0, machine, move, more));
        var commit = await BeginAsync(machine, made, source, target);
        await DoneAsync(SayAsync(0, source, move, "Sent"));
        return commit;
    }

    /// <summary>What the source's node writes.</summary>
    public Task<(int Code, JsonObject Body)> SayAsync(int server, string source, string move, string state) =>
        PatchAsync(server, $"system:node:{source},O=system:nodes", $"{Moves}/{move}/status", $$$"""{"status":{"source":{"state":"{{{state}}}"} } }""");

    public async Task<JsonObject> BeginAsync(string machine, JsonObject made, string source = "host1", string target = "host2")
    {
        var name = made["metadata"]!["name"]!.GetValue<string>();
        var run = (await Servers[0].GetAsync($"{Machines}/{machine}")).Body["status"]!["runGeneration"]!.GetValue<long>();
        await DoneAsync(ControlAsync(0, name, $$$"""{"status":{"phase":"Preparing","sourceNode":"{{{source}}}","targetNode":"{{{target}}}","runGeneration":{{{run}}} } }"""));
        return new JsonObject { ["nodeName"] = target, ["migration"] = name, ["migrationUid"] = made["metadata"]!["uid"]!.GetValue<string>(), ["runGeneration"] = run };
    }

    public Task<(int Code, JsonObject Body)> CreateAsync(int server, string machine, string move, string more = "") =>
        Servers[server].PostAsync(Moves, $$$"""{"metadata":{"name":"{{{move}}}"},"spec":{"machine":"{{{machine}}}"{{{more}}} } }""");

    /// <summary>What the migration controller writes.</summary>
    public Task<(int Code, JsonObject Body)> ControlAsync(int server, string move, string patch) => PatchAsync(server, "system:controller:migration", $"{Moves}/{move}/status", patch);

    public Task<(int Code, JsonObject Body)> CancelAsync(int server, string move) => Servers[server].PatchAsync($"{Moves}/{move}", """{"spec":{"cancel":true}}""");

    public Task<(int Code, JsonObject Body)> CommitAsync(int server, string machine, JsonObject body, string? node = null) => Servers[server].SendAsync(
        HttpMethod.Post, $"{Machines}/{machine}/binding", body.ToJsonString(), client: NodeOf(server, node ?? body["nodeName"]!.GetValue<string>()));

    public Task<(int Code, JsonObject Body)> PatchAsync(int server, string user, string path, string patch) =>
        Servers[server].SendAsync(HttpMethod.Patch, path, patch, "application/merge-patch+json", ClientOf(server, user));

    public HttpClient NodeOf(int server, string node) => ClientOf(server, $"system:node:{node},O=system:nodes");

    public HttpClient ClientOf(int server, string user)
    {
        lock (_clients)
        {
            if (!_clients.TryGetValue((server, user), out var client)) _clients[(server, user)] = client = Servers[server].ClientOf(user);
            return client;
        }
    }

    public static async Task<JsonObject> DoneAsync(Task<(int Code, JsonObject Body)> request)
    {
        var (code, body) = await request;
        Assert.True(code is 200 or 201, body.ToJsonString());
        return body;
    }

    public static async Task<string> RefusedAsync(int expected, Task<(int Code, JsonObject Body)> request)
    {
        var (code, body) = await request;
        Assert.True(code == expected, $"{code}: {body.ToJsonString()}");
        return body["message"]!.GetValue<string>();
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();
}
