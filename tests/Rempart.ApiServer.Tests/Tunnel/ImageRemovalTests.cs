extern alias agent;

using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using agent::Rempart.Node.Tunnel;
using Rempart.Api.Compute;
using Rempart.Api.Storage;
using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.Tunnel;

public sealed class ImageRemovalTests : IDisposable
{
    private const string Images = "/apis/storage.rempart.dev/v1/images";
    private readonly UploadPool pool = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_image_that_is_deleted_goes_once_its_node_has_deleted_its_bytes()
    {
        await using var world = await TunnelWorld.StartAsync();
        await AgentAsync(world);
        var bytes = await UploadedAsync(world, "kernel");
        Assert.True(IsHere(bytes));

        await DeleteAsync(world, "kernel");
        await GoneAsync(world, "kernel");

        Assert.Empty(pool.Left);
    }

    [Fact]
    public async Task Bytes_that_another_image_has_too_stay_until_that_one_is_deleted()
    {
        await using var world = await TunnelWorld.StartAsync();
        await AgentAsync(world);
        var bytes = await UploadedAsync(world, "one");
        await UploadedAsync(world, "two", bytes);

        await DeleteAsync(world, "one");
        await GoneAsync(world, "one");
        Assert.True(IsHere(bytes));

        await DeleteAsync(world, "two");
        await GoneAsync(world, "two");
        Assert.Empty(pool.Left);
    }

    [Fact]
    public async Task An_image_that_a_machine_was_made_of_waits_for_the_machine_and_says_so()
    {
        await using var world = await TunnelWorld.StartAsync();
        await AgentAsync(world);
        var bytes = await UploadedAsync(world, "kernel");
        var machine = await world.MachineAsync("m");
        var disk = new TemplateDisk { Image = "kernel", Digest = $"sha256:{Digest(bytes)}" };
        var template = new MachineTemplateSpec { Os = new() { Family = "linux", Name = "x" }, RootDisk = disk with { Image = "other" }, Boot = new() { Firmware = "Direct", Kernel = disk }, Classes = ["c"] };
        machine = await world.Server.Host.Writer.UpdateAsync(machine with { Status = machine.Status! with { Template = template } }, Stop);

        await DeleteAsync(world, "kernel");
        await UntilAsync("the reason", async () => (await ImageAsync(world, "kernel"))?["status"]?["conditions"]?.AsArray()
            .Any(condition => condition!["type"]!.GetValue<string>() == "Removed" && condition["message"]!.GetValue<string>().Contains("`default/m`", StringComparison.Ordinal)) == true);
        Assert.True(IsHere(bytes));

        await world.Server.Host.Writer.DeleteAsync(machine, Stop);
        await GoneAsync(world, "kernel");
        Assert.Empty(pool.Left);
    }

    [Fact]
    public async Task An_image_waits_for_a_node_that_is_away()
    {
        await using var world = await TunnelWorld.StartAsync();
        var agent = await AgentAsync(world);
        var bytes = await UploadedAsync(world, "kernel");
        await agent.CancelAsync();
        await DeleteAsync(world, "kernel");
        await UntilAsync("the reason", async () => (await ImageAsync(world, "kernel"))?["status"]?["conditions"]?.AsArray().Any(condition => condition!["reason"]!.GetValue<string>() == "NodeAway") == true);
        Assert.True(IsHere(bytes));

        await AgentAsync(world);
        await GoneAsync(world, "kernel");
        Assert.Empty(pool.Left);
    }

    [Fact]
    public async Task An_upload_that_a_server_which_died_left_is_pending_again()
    {
        await using var world = await TunnelWorld.StartAsync();
        Assert.Equal(201, (await world.Server.PostAsync(Images, $$"""{"metadata":{"name":"kernel"},"spec":{"type":"Kernel","digest":"sha256:{{Digest([1])}}"} }""")).Code);
        var image = await world.Server.Host.Objects.GetAsync<Image>(null, "kernel", Stop);
        await world.Server.Host.Writer.UpdateAsync(image! with { Status = image.Status! with { Phase = "Uploading" } }, Stop);

        // Its host alone: the store is the first server's.
        var next = await TestServer.StartAsync(world.Server.Store);
        await using (next.Host)
        {
            await UntilAsync("an image that can be uploaded", async () => (await next.Host.Objects.GetAsync<Image>(null, "kernel", Stop))?.Status?.Phase == "Pending");
        }
    }

    [Fact]
    public void Bytes_are_not_deleted_while_they_come_and_do_not_come_while_they_are_deleted()
    {
        var uploads = new ApiServer.Tunnel.ImageUploads();
        Image one = Made("one"), two = Made("two");

        Assert.Null(uploads.Begin(one));
        Assert.NotNull(uploads.Begin(one));
        Assert.False(uploads.BeginRemoval(two.Spec.Digest));
        uploads.End(one);
        Assert.True(uploads.BeginRemoval(two.Spec.Digest));
        Assert.NotNull(uploads.Begin(one));
        uploads.EndRemoval(two.Spec.Digest);
        Assert.Null(uploads.Begin(one));
    }

    public void Dispose() => pool.Dispose();

    private static Image Made(string uid) => new() { Metadata = new() { Name = uid, Uid = uid }, Spec = new() { Type = "Kernel", Digest = "sha256:0" } };

    private Task<CancellationTokenSource> AgentAsync(TunnelWorld world) => world.AgentAsync(new UploadHandler(pool.Images), new RemovalHandler(pool.Images));

    private bool IsHere(byte[] bytes) => File.Exists(Path.Combine(pool.Pool.Image(Digest(bytes)), "data"));

    private static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static async Task<byte[]> UploadedAsync(TunnelWorld world, string name, byte[]? same = null)
    {
        var bytes = same ?? RandomNumberGenerator.GetBytes(1000);
        Assert.Equal(201, (await world.Server.PostAsync(Images, $$"""{"metadata":{"name":"{{name}}"},"spec":{"type":"Kernel","digest":"sha256:{{Digest(bytes)}}"} }""")).Code);
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var response = await world.Server.Client.PutAsync($"{Images}/{name}/upload", content, Stop);
        Assert.Equal(200, (int)response.StatusCode);
        return bytes;
    }

    private static async Task DeleteAsync(TunnelWorld world, string name)
    {
        using var response = await world.Server.Client.DeleteAsync($"{Images}/{name}", Stop);
        Assert.True(response.IsSuccessStatusCode);
    }

    private static async Task<JsonObject?> ImageAsync(TunnelWorld world, string name) => await world.Server.GetAsync($"{Images}/{name}") is { Code: 200 } found ? found.Body : null;

    private static Task GoneAsync(TunnelWorld world, string name) => UntilAsync($"no image `{name}`", async () => await ImageAsync(world, name) is null);

    private static async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        for (var attempt = 0; !await condition(); attempt++)
        {
            Assert.True(attempt < 600, $"not within a minute: {what}");
            await Task.Delay(100, Stop);
        }
    }
}
