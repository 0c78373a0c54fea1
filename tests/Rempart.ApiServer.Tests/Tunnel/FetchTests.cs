using System.Text.Json.Nodes;
using Rempart.Api.Audit;
using Rempart.Api.Tunnel;

namespace Rempart.ApiServer.Tests.Tunnel;

public sealed class FetchTests
{
    private const string Images = "/apis/storage.rempart.dev/v1/images";
    private const string Policies = "/apis/storage.rempart.dev/v1/imagesourcepolicies";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_node_fetches_tells_how_far_it_is_and_the_image_is_ready()
    {
        await using var world = await TunnelWorld.StartAsync();
        var node = new FetchingNode();
        await world.AgentAsync(node);
        Assert.Equal(201, (await world.Server.PostAsync(Policies, """{"metadata":{"name":"default"},"spec":{"allowedRanges":["10.20.0.0/24"]}}""")).Code);
        await CreateAsync(world, "disk");

        var fetch = world.Server.PostAsync($"{Images}/disk/fetch", "{}");
        await node.TellAsync(new TransferProgress { Received = 42, Total = 100 });
        await ProgressAsync(world, "42%");
        Assert.Equal("Fetching", (await StatusAsync(world, "disk"))["phase"]!.GetValue<string>());
        Assert.Equal(409, (await world.Server.PostAsync($"{Images}/disk/fetch", "{}")).Code);
        await node.EndAsync(new StreamEnd { Reason = StreamEnd.Completed, Size = 7, VirtualSize = 8 });

        var (code, image) = await fetch;
        Assert.Equal((200, "Ready"), (code, image["status"]!["phase"]!.GetValue<string>()));
        Assert.Equal("n1", image["status"]!["nodes"]![0]!.GetValue<string>());
        Assert.Null(image["status"]!["progress"]);
        Assert.Equal(["10.20.0.0/24"], node.Opened!.Fetch!.AllowedRanges);
        Assert.Equal("https://images.example/disk", node.Opened.Image!.Source!.Url);
        Assert.Equal([AuditStage.Intent, AuditStage.Outcome], world.Server.Audit.Records.Where(r => r is { Subresource: "fetch", Status: not 409 }).Select(r => r.Stage).Take(2));
        Assert.Equal(409, (await world.Server.PostAsync($"{Images}/disk/fetch", "{}")).Code);
    }

    [Fact]
    public async Task One_that_fails_says_why_and_when_it_is_tried_again()
    {
        await using var world = await TunnelWorld.StartAsync();
        var node = new FetchingNode();
        await world.AgentAsync(node);
        await CreateAsync(world, "disk");
        var fetch = world.Server.PostAsync($"{Images}/disk/fetch", "{}");
        await node.EndAsync(new StreamEnd { Reason = "EgressDenied", Message = "it leads to `10.0.0.1`" });
        var (code, image) = await fetch;
        var status = image["status"]!;
        Assert.Equal((200, "Failed", 1), (code, status["phase"]!.GetValue<string>(), status["failedFetches"]!.GetValue<int>()));
        Assert.NotNull(status["nextFetchTime"]);
        Assert.Equal(("False", "EgressDenied", "it leads to `10.0.0.1`"), (status["conditions"]![0]!["status"]!.GetValue<string>(), status["conditions"]![0]!["reason"]!.GetValue<string>(), status["conditions"]![0]!["message"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_node_that_goes_leaves_it_to_the_next_try()
    {
        await using var world = await TunnelWorld.StartAsync();
        var node = new FetchingNode();
        var agent = await world.AgentAsync(node);
        await CreateAsync(world, "disk");
        var fetch = world.Server.PostAsync($"{Images}/disk/fetch", "{}");
        await node.TellAsync(new TransferProgress { Received = 42 << 20 });
        await ProgressAsync(world, "42Mi");
        await agent.CancelAsync();
        Assert.Equal(503, (await fetch).Code);
        var status = await StatusAsync(world, "disk");
        Assert.Equal(("Pending", "n1"), (status["phase"]!.GetValue<string>(), status["receivingNode"]!.GetValue<string>()));
        agent.Dispose();
    }

    [Fact]
    public async Task One_that_is_deleted_ends_the_fetch_and_the_node_is_told()
    {
        await using var world = await TunnelWorld.StartAsync();
        var node = new FetchingNode();
        await world.AgentAsync(node);
        await CreateAsync(world, "disk");
        var fetch = world.Server.PostAsync($"{Images}/disk/fetch", "{}");
        await node.TellAsync(new TransferProgress { Received = 1 });
        // Deleted before the fetch has begun, there would be nobody to tell.
        await ProgressAsync(world, "0Mi");
        Assert.Equal(200, (await world.Server.DeleteAsync($"{Images}/disk")).Code);
        // A node tells again and again; the deletion is found out with the first word after the cache has it.
        for (var told = 2; told < 500 && !fetch.IsCompleted; told++)
        {
            await node.TellAsync(new TransferProgress { Received = told });
            await Task.Delay(50, Token);
        }
        Assert.Equal(404, (await fetch).Code);
        Assert.Equal("Gone", (await node.Told.WaitAsync(Token)).Reason);
    }

    [Fact]
    public async Task What_a_node_says_of_its_progress_is_not_believed_beyond_sense()
    {
        await using var world = await TunnelWorld.StartAsync();
        var node = new FetchingNode();
        await world.AgentAsync(node);
        await CreateAsync(world, "disk");
        var fetch = world.Server.PostAsync($"{Images}/disk/fetch", "{}");
        foreach (var nonsense in new[] { """{"received":-1}""", """{"received":9223372036854775807}""", """{"phase":"Ready"}""", "{", "[]", """{"received":1,"nodes":["x"]}""" }) await node.SayAsync(nonsense);
        await node.TellAsync(new TransferProgress { Received = 200, Total = 100 });
        await ProgressAsync(world, "0Mi");
        await node.EndAsync(new StreamEnd { Reason = StreamEnd.Completed });
        Assert.Equal(200, (await fetch).Code);
    }

    [Fact]
    public async Task An_image_is_fetched_or_uploaded_and_not_both()
    {
        await using var world = await TunnelWorld.StartAsync();
        await CreateAsync(world, "disk");
        using var content = new ByteArrayContent([1]);
        content.Headers.ContentType = new("application/octet-stream");
        using var response = await world.Server.Client.PutAsync($"{Images}/disk/upload", content, Token);
        Assert.Equal(409, (int)response.StatusCode);
        Assert.Equal(201, (await world.Server.PostAsync(Images, """{"metadata":{"name":"kernel"},"spec":{"type":"Kernel","digest":"sha256:DIGEST"} }""".Replace("DIGEST", new string('a', 64), StringComparison.Ordinal))).Code);
        Assert.Equal(409, (await world.Server.PostAsync($"{Images}/kernel/fetch", "{}")).Code);
        // No node.
        Assert.Equal(503, (await world.Server.PostAsync($"{Images}/disk/fetch", "{}")).Code);
    }

    [Fact]
    public async Task A_certificate_authority_that_nobody_named_fails_it()
    {
        await using var world = await TunnelWorld.StartAsync();
        await CreateAsync(world, "disk", """, "certificateAuthority":"inner" """);
        var (code, image) = await world.Server.PostAsync($"{Images}/disk/fetch", "{}");
        Assert.Equal((200, "Failed"), (code, image["status"]!["phase"]!.GetValue<string>()));
        Assert.Contains("no certificate authority `inner`", image["status"]!["conditions"]![0]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private static async Task CreateAsync(TunnelWorld world, string name, string more = "") => Assert.Equal(201, (await world.Server.PostAsync(Images,
        $$"""{"metadata":{"name":"{{name}}"},"spec":{"type":"Disk","format":"qcow2","digest":"sha256:{{new string('b', 64)}}","source":{"url":"https://images.example/disk"{{more}} } } }""")).Code);

    private static async Task ProgressAsync(TunnelWorld world, string progress)
    {
        for (var i = 0; i < 200 && (await StatusAsync(world, "disk"))["progress"]?.GetValue<string>() != progress; i++) await Task.Delay(50, Token);
        Assert.Equal(progress, (await StatusAsync(world, "disk"))["progress"]?.GetValue<string>());
    }

    private static async Task<JsonNode> StatusAsync(TunnelWorld world, string name) => (await world.Server.GetAsync($"{Images}/{name}")).Body["status"]!;
}
