extern alias agent;

using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using agent::Rempart.Node.Tunnel;
using Rempart.Api.Audit;
using Rempart.Testing.Time;

namespace Rempart.ApiServer.Tests.Tunnel;

public sealed class UploadTests : IDisposable
{
    private const string Images = "/apis/storage.rempart.dev/v1/images";
    private readonly UploadPool pool = new();

    [Fact]
    public async Task Bytes_reach_the_node_and_the_image_is_ready_when_they_have_the_digest()
    {
        await using var world = await TunnelWorld.StartAsync();
        await world.AgentAsync(new UploadHandler(pool.Images));
        var bytes = RandomNumberGenerator.GetBytes(48 * 1024 * 1024);
        await CreateAsync(world, "kernel", bytes);

        var (code, image) = await UploadAsync(world, "kernel", bytes);
        Assert.Equal((200, "Ready"), (code, image["status"]!["phase"]!.GetValue<string>()));
        Assert.Equal("n1", image["status"]!["nodes"]![0]!.GetValue<string>());
        Assert.Equal("True", image["status"]!["conditions"]![0]!["status"]!.GetValue<string>());
        Assert.Equal(Digest(bytes), Digest(await File.ReadAllBytesAsync(Path.Combine(pool.Pool.Image(Digest(bytes)), "data"), TestContext.Current.CancellationToken)));
        Assert.Equal([AuditStage.Intent, AuditStage.Outcome], world.Server.Audit.Records.Where(r => r.Subresource == "upload").Select(r => r.Stage));

        (code, image) = await UploadAsync(world, "kernel", bytes);
        Assert.Equal(409, code);
        Assert.Contains("images never change", image["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ready_image_is_copied_to_the_node_that_is_named_and_stays_ready_meanwhile()
    {
        await using var world = await TunnelWorld.StartAsync();
        await world.AgentAsync(new UploadHandler(pool.Images));
        using var second = new UploadPool();
        await world.NodeAsync("n2");
        await world.AgentAsync(new AgentAround { Node = "n2" }, new UploadHandler(second.Images));
        var bytes = RandomNumberGenerator.GetBytes(100_000);
        await CreateAsync(world, "kernel", bytes);

        Assert.Equal(["n2"], Nodes((await UploadAsync(world, "kernel", bytes, "?node=n2")).Body));
        var (code, refused) = await UploadAsync(world, "kernel", bytes, "?node=n2");
        Assert.Equal((409, true), (code, refused["message"]!.GetValue<string>().Contains("node `n2` has the image", StringComparison.Ordinal)));
        Assert.Equal(503, (await UploadAsync(world, "kernel", bytes, "?node=n3")).Code);
        // Other bytes are none of this image's, wherever they go.
        Assert.NotEqual(200, (await UploadAsync(world, "kernel", RandomNumberGenerator.GetBytes(bytes.Length), "?node=n1")).Code);
        Assert.Equal("Ready", await PhaseAsync(world, "kernel"));

        (code, var image) = await UploadAsync(world, "kernel", bytes, "?node=n1");

        Assert.Equal(200, code);
        Assert.Equal(["n2", "n1"], Nodes(image));
        Assert.Null(image["status"]!["formerNodes"]);
        Assert.Equal(Digest(bytes), Digest(await File.ReadAllBytesAsync(Path.Combine(pool.Pool.Image(Digest(bytes)), "data"), TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task A_copy_that_is_cut_is_named_while_it_goes_on_and_leaves_nothing_behind()
    {
        await using var world = await TunnelWorld.StartAsync();
        using var second = new UploadPool();
        await world.NodeAsync("n2");
        await world.AgentAsync(new AgentAround { Node = "n2" }, new UploadHandler(second.Images), new RemovalHandler(second.Images));
        var bytes = RandomNumberGenerator.GetBytes(1_000_000);
        await CreateAsync(world, "kernel", bytes);
        Assert.Equal(200, (await UploadAsync(world, "kernel", bytes)).Code);
        await world.AgentAsync(new UploadHandler(pool.Images), new RemovalHandler(pool.Images));
        using var cut = new CancellationTokenSource();
        using var content = new StreamContent(new StallingStream(bytes, 500_000));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.ContentLength = bytes.Length;
        var upload = world.Server.Client.PutAsync($"{Images}/kernel/upload?node=n1", content, cut.Token);
        await Eventually.HoldsAsync("half of the bytes on the node", () => pool.Left.Any(file => new FileInfo(file).Length >= 400_000), TestContext.Current.CancellationToken);
        var during = (await world.Server.GetAsync($"{Images}/kernel")).Body["status"]!;
        Assert.Equal(("n1", Environment.MachineName), (during["copies"]![0]!["node"]!.GetValue<string>(), during["copies"]![0]!["server"]!.GetValue<string>()));
        Assert.Equal(["n2"], Nodes((await world.Server.GetAsync($"{Images}/kernel")).Body));

        await cut.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload);
        await Eventually.HoldsAsync("nothing left on the node", () => !pool.Left.Any(), TestContext.Current.CancellationToken);
        for (var attempt = 0; (await world.Server.GetAsync($"{Images}/kernel")).Body["status"]! is var now && (now["copies"] is not null || now["formerNodes"] is not null); attempt++)
        {
            Assert.True(attempt < 600, now.ToJsonString());
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        // And it can be asked for again.
        Assert.Equal(["n2", "n1"], Nodes((await UploadAsync(world, "kernel", bytes, "?node=n1")).Body));
        Assert.Null((await world.Server.GetAsync($"{Images}/kernel")).Body["status"]!["copies"]);
    }

    private static string[] Nodes(JsonNode image) => [.. image["status"]!["nodes"]!.AsArray().Select(node => node!.GetValue<string>())];

    [Fact]
    public async Task An_upload_that_is_cut_leaves_nothing_behind()
    {
        await using var world = await TunnelWorld.StartAsync();
        await world.AgentAsync(new UploadHandler(pool.Images));
        var bytes = RandomNumberGenerator.GetBytes(1_000_000);
        await CreateAsync(world, "kernel", bytes);
        using var cut = new CancellationTokenSource();
        using var content = new StreamContent(new StallingStream(bytes, 500_000));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.ContentLength = bytes.Length;
        var upload = world.Server.Client.PutAsync($"{Images}/kernel/upload", content, cut.Token);
        await Eventually.HoldsAsync("half of the bytes on the node", () => pool.Left.Any(file => new FileInfo(file).Length >= 400_000), TestContext.Current.CancellationToken);
        Assert.Equal("Uploading", await PhaseAsync(world, "kernel"));
        Assert.Equal(409, (await UploadAsync(world, "kernel", bytes)).Code);
        await cut.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload);
        await Eventually.HoldsAsync("nothing left on the node", () => !pool.Left.Any(), TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync("the outcome", () => world.Server.Audit.Records.Any(r => r is { Subresource: "upload", Stage: AuditStage.Outcome }), TestContext.Current.CancellationToken);
        Assert.Equal("Pending", await PhaseAsync(world, "kernel"));
        Assert.Equal(200, (await UploadAsync(world, "kernel", bytes)).Code);
    }

    [Fact]
    public async Task An_upload_whose_right_is_withdrawn_is_cut_and_leaves_nothing_behind()
    {
        var rights = new RightsThatEnd();
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var world = await TunnelWorld.StartAsync(rights, time);
        await world.AgentAsync(new UploadHandler(pool.Images));
        var bytes = RandomNumberGenerator.GetBytes(1_000_000);
        await CreateAsync(world, "kernel", bytes);
        using var content = new StreamContent(new StallingStream(bytes, 500_000));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.ContentLength = bytes.Length;
        var upload = world.Server.Client.PutAsync($"{Images}/kernel/upload", content, TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync("half of the bytes on the node", () => pool.Left.Any(file => new FileInfo(file).Length >= 400_000), TestContext.Current.CancellationToken);
        rights.Ended = true;
        // In small steps: a minute in which nothing moves would end it too.
        await Eventually.HoldsAsync("the end of the upload", time, TimeSpan.FromMilliseconds(50), () => upload.IsCompleted, TestContext.Current.CancellationToken);
        using var response = await upload;
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        await Eventually.HoldsAsync("nothing left on the node", () => !pool.Left.Any(), TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync("the outcome", () => world.Server.Audit.Records.Any(r => r is { Subresource: "upload", Stage: AuditStage.Outcome, Status: 403 }), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_node_that_goes_in_the_middle_is_told_as_such()
    {
        await using var world = await TunnelWorld.StartAsync();
        var node = await world.AgentAsync(new UploadHandler(pool.Images));
        var bytes = RandomNumberGenerator.GetBytes(1_000_000);
        await CreateAsync(world, "kernel", bytes);
        using var content = new StreamContent(new StallingStream(bytes, 500_000));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.ContentLength = bytes.Length;
        var upload = world.Server.Client.PutAsync($"{Images}/kernel/upload", content, TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync("half of the bytes on the node", () => pool.Left.Any(file => new FileInfo(file).Length >= 400_000), TestContext.Current.CancellationToken);
        await node.CancelAsync();
        using var response = await upload;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("nothing was kept", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await Eventually.HoldsAsync("nothing left on the node", () => !pool.Left.Any(), TestContext.Current.CancellationToken);
        Assert.Equal("Pending", await PhaseAsync(world, "kernel"));
        node.Dispose();
    }

    [Fact]
    public async Task Without_a_node_a_length_or_the_right_type_it_is_refused()
    {
        await using var world = await TunnelWorld.StartAsync();
        await CreateAsync(world, "kernel", [1]);
        Assert.Equal(503, (await UploadAsync(world, "kernel", [1])).Code);
        Assert.Equal(415, (await world.Server.PutAsync($"{Images}/kernel/upload", "{}")).Code);
        Assert.Equal(411, (await UploadAsync(world, "kernel", [])).Code);
        Assert.Equal(404, (await UploadAsync(world, "none", [1])).Code);
    }

    public void Dispose() => pool.Dispose();

    private static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static async Task<string> PhaseAsync(TunnelWorld world, string name) => (await world.Server.GetAsync($"{Images}/{name}")).Body["status"]!["phase"]!.GetValue<string>();

    private static async Task CreateAsync(TunnelWorld world, string name, byte[] bytes) =>
        Assert.Equal(201, (await world.Server.PostAsync(Images, $$"""{"metadata":{"name":"{{name}}"},"spec":{"type":"Kernel","digest":"sha256:{{Digest(bytes)}}"} }""")).Code);

    private static async Task<(int Code, JsonObject Body)> UploadAsync(TunnelWorld world, string name, byte[] bytes, string query = "")
    {
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var response = await world.Server.Client.PutAsync($"{Images}/{name}/upload{query}", content, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, (JsonObject)JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!);
    }
}
