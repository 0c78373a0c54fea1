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
        var machine = await MachineOfAsync(world, "kernel", bytes);

        await DeleteAsync(world, "kernel");
        await MachineNamedAsync(world, "kernel");
        Assert.True(IsHere(bytes));

        await world.Server.Host.Writer.DeleteAsync(machine, Stop);
        await GoneAsync(world, "kernel");
        Assert.Empty(pool.Left);
    }

    [Fact]
    public async Task Bytes_that_a_machine_of_another_image_needs_stay_though_that_image_is_being_deleted_too()
    {
        await using var world = await TunnelWorld.StartAsync();
        await AgentAsync(world);
        var bytes = await UploadedAsync(world, "one");
        await UploadedAsync(world, "two", bytes);
        var machine = await MachineOfAsync(world, "two", bytes);
        await DeleteAsync(world, "two");
        await MachineNamedAsync(world, "two");

        await DeleteAsync(world, "one");
        await GoneAsync(world, "one");
        Assert.True(IsHere(bytes));

        await world.Server.Host.Writer.DeleteAsync(machine, Stop);
        await GoneAsync(world, "two");
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
        var image = await CreatedAsync(world, "kernel", [1]);
        await world.Server.Host.Writer.UpdateAsync(image with { Status = image.Status! with { Phase = "Uploading" } }, Stop);

        // Its host alone: the store is the first server's.
        var next = await TestServer.StartAsync(world.Server.Store);
        await using (next.Host)
        {
            await UntilAsync("an image that can be uploaded", async () => (await next.Host.Objects.GetAsync<Image>(null, "kernel", Stop))?.Status?.Phase == "Pending");
        }
    }

    [Fact]
    public async Task A_copy_that_a_server_which_died_left_is_no_longer_one_and_its_node_is_asked_to_delete_it()
    {
        await using var world = await TunnelWorld.StartAsync();
        var kernel = await CreatedAsync(world, "kernel", [1]);
        var copies = new ImageCopy[] { new() { Node = "n1", Server = Environment.MachineName }, new() { Node = "n2", Server = Environment.MachineName }, new() { Node = "n3", Server = "other" } };
        await world.Server.Host.Writer.UpdateAsync(kernel with { Status = kernel.Status! with { Phase = "Ready", Nodes = ["n0", "n2"], Copies = copies } }, Stop);

        // Its host alone: the store is the first server's. What another server does is its own.
        var next = await TestServer.StartAsync(world.Server.Store);
        await using (next.Host)
        {
            async Task<ImageStatus> SeenAsync() => (await next.Host.Objects.GetAsync<Image>(null, "kernel", Stop))!.Status!;
            await UntilAsync("no copy of its own", async () => (await SeenAsync()).Copies is [{ Node: "n3" }]);
            // The second has it from another copy; the first is away, and is asked when it is back.
            Assert.Equal(("Ready", "n0 n2", "n1"), ((await SeenAsync()).Phase, string.Join(' ', (await SeenAsync()).Nodes!), string.Join(' ', (await SeenAsync()).FormerNodes ?? [])));
        }
    }

    [Fact]
    public async Task What_a_copy_left_on_a_node_goes_with_the_image_whichever_server_sent_it()
    {
        await using var world = await TunnelWorld.StartAsync();
        await AgentAsync(world);
        var bytes = RandomNumberGenerator.GetBytes(1000);
        await pool.Images.IngestAsync(new(Digest(bytes), agent::Rempart.Node.Volumes.ImageType.Kernel, agent::Rempart.Node.Machines.DiskFormat.Raw, 1 << 20), new MemoryStream(bytes), Stop);
        var kernel = await CreatedAsync(world, "kernel", bytes);
        await world.Server.Host.Writer.UpdateAsync(kernel with { Metadata = kernel.Metadata with { Finalizers = [ImageMarks.Finalizer] }, Status = kernel.Status! with { Phase = "Ready", Copies = [new() { Node = "n1", Server = "gone" }] } }, Stop);
        Assert.True(IsHere(bytes));

        await DeleteAsync(world, "kernel");
        await GoneAsync(world, "kernel");

        Assert.Empty(pool.Left);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bytes_whose_image_went_through_another_server_while_they_came_do_not_stay_unless_another_image_has_them(bool shared)
    {
        await using var world = await TunnelWorld.StartAsync();
        var bytes = RandomNumberGenerator.GetBytes(1000);
        async Task GoAsync()
        {
            if (shared)
            {
                var other = await CreatedAsync(world, "other", bytes);
                await world.Server.Host.Writer.UpdateAsync(other with { Status = other.Status! with { Phase = "Ready", Nodes = ["n1"] } }, Stop);
            }

            var now = (await world.Server.Host.Objects.GetAsync<Image>(null, "kernel", Stop))!;
            // As another server lets it go: it asked the node before these bytes had come.
            await world.Server.Host.Writer.UpdateAsync(now with { Metadata = now.Metadata with { Finalizers = [] } }, Stop);
            await DeleteAsync(world, "kernel");
        }

        await world.AgentAsync(new UploadHandler(new TakenIn(pool.Images, GoAsync)), new RemovalHandler(pool.Images));
        await CreatedAsync(world, "kernel", bytes);
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var response = await world.Server.Client.PutAsync($"{Images}/kernel/upload", content, Stop);

        Assert.Equal(404, (int)response.StatusCode);
        Assert.Equal(shared, IsHere(bytes));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_transfer_that_was_cut_left_on_another_node_goes_unless_another_image_has_it_there(bool shared)
    {
        // Given a node that took in all bytes when its upload was cut, and is away
        await using var world = await TunnelWorld.StartAsync();
        var bytes = RandomNumberGenerator.GetBytes(1000);
        await pool.Images.IngestAsync(new(Digest(bytes), agent::Rempart.Node.Volumes.ImageType.Kernel, agent::Rempart.Node.Machines.DiskFormat.Raw, 1 << 20), new MemoryStream(bytes), Stop);
        var kernel = await CreatedAsync(world, "kernel", bytes);
        await world.Server.Host.Writer.UpdateAsync(kernel with { Status = kernel.Status! with { Nodes = ["n1"] } }, Stop);
        if (shared)
        {
            var other = await CreatedAsync(world, "other", bytes);
            await world.Server.Host.Writer.UpdateAsync(other with { Status = other.Status! with { Phase = "Ready", Nodes = ["n1"] } }, Stop);
        }

        // When another node gets them whole
        using var second = new UploadPool();
        await world.NodeAsync("n2");
        await world.AgentAsync(new AgentAround { Node = "n2" }, new UploadHandler(second.Images), new RemovalHandler(second.Images));
        await SendAsync(world, "kernel", bytes);
        var status = (await world.Server.Host.Objects.GetAsync<Image>(null, "kernel", Stop))!.Status!;
        Assert.Equal(["n2"], status.Nodes);
        if (!shared) Assert.Equal(["n1"], status.FormerNodes);

        // Then the first one forgets them once it is back, and the image is where it is
        await AgentAsync(world);
        await UntilAsync("nobody but the second has it", async () => (await world.Server.Host.Objects.GetAsync<Image>(null, "kernel", Stop))!.Status is { FormerNodes: null, Nodes: ["n2"] });
        Assert.Equal(shared, IsHere(bytes));
        Assert.True(File.Exists(Path.Combine(second.Pool.Image(Digest(bytes)), "data")));
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
        await CreatedAsync(world, name, bytes);
        await SendAsync(world, name, bytes);
        return bytes;
    }

    private static async Task<Image> CreatedAsync(TunnelWorld world, string name, byte[] bytes)
    {
        Assert.Equal(201, (await world.Server.PostAsync(Images, $$"""{"metadata":{"name":"{{name}}"},"spec":{"type":"Kernel","digest":"sha256:{{Digest(bytes)}}"} }""")).Code);
        return (await world.Server.Host.Objects.GetAsync<Image>(null, name, Stop))!;
    }

    private static async Task SendAsync(TunnelWorld world, string name, byte[] bytes)
    {
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var response = await world.Server.Client.PutAsync($"{Images}/{name}/upload", content, Stop);
        Assert.Equal(200, (int)response.StatusCode);
    }

    /// <summary>A machine that boots this kernel.</summary>
    private static async Task<VirtualMachine> MachineOfAsync(TunnelWorld world, string image, byte[] bytes)
    {
        var machine = await world.MachineAsync("m");
        var disk = new TemplateDisk { Image = image, Digest = $"sha256:{Digest(bytes)}" };
        var template = new MachineTemplateSpec { Os = new() { Family = "linux", Name = "x" }, RootDisk = disk with { Image = "other" }, Boot = new() { Firmware = "Direct", Kernel = disk }, Classes = ["c"] };
        return await world.Server.Host.Writer.UpdateAsync(machine with { Status = machine.Status! with { Template = template } }, Stop);
    }

    private static Task MachineNamedAsync(TunnelWorld world, string image) => UntilAsync("the reason", async () => (await ImageAsync(world, image))?["status"]?["conditions"]?.AsArray()
        .Any(condition => condition!["type"]!.GetValue<string>() == "Removed" && condition["message"]!.GetValue<string>().Contains("`default/m`", StringComparison.Ordinal)) == true);

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
