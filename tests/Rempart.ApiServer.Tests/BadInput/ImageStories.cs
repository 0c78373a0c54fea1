extern alias agent;

using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using agent::Rempart.Node.Tunnel;
using Rempart.Api.Audit;
using Rempart.ApiServer.Tests.Tunnel;

namespace Rempart.ApiServer.Tests.BadInput;

/// <summary>Bytes of an image that are not those which its spec names, through the real tunnel into a real pool.</summary>
public sealed class ImageStories : IDisposable
{
    private const string Images = "/apis/storage.rempart.dev/v1/images";
    private readonly UploadPool pool = new();

    [Fact]
    public async Task An_image_whose_digest_differs_is_refused_and_the_right_bytes_may_follow()
    {
        await using var world = await TunnelWorld.StartAsync();
        await world.AgentAsync(new UploadHandler(pool.Images));
        var (bytes, others) = (RandomNumberGenerator.GetBytes(100_000), RandomNumberGenerator.GetBytes(200_000));
        Assert.Equal(201, (await world.Server.PostAsync(Images, $$"""{"metadata":{"name":"kernel"},"spec":{"type":"Kernel","digest":"{{Digest(bytes)}}"} }""")).Code);

        var (code, status) = await UploadAsync(world, others);

        Assert.Equal((422, "Invalid"), (code, status["reason"]!.GetValue<string>()));
        Assert.Equal("spec.digest", Assert.Single(status["details"]!["causes"]!.AsArray())!["field"]!.GetValue<string>());
        Assert.Contains(Digest(others), status["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Empty(pool.Left);
        Assert.Equal("Failed", (await world.Server.GetAsync($"{Images}/kernel")).Body["status"]!["phase"]!.GetValue<string>());
        Assert.Contains(world.Server.Audit.Records, record => record is { Subresource: "upload", Stage: AuditStage.Outcome, Status: 422 });

        (code, status) = await UploadAsync(world, bytes);
        Assert.Equal((200, "Ready"), (code, status["status"]!["phase"]!.GetValue<string>()));
    }

    public void Dispose() => pool.Dispose();

    private static string Digest(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static async Task<(int Code, JsonObject Body)> UploadAsync(TunnelWorld world, byte[] bytes)
    {
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var response = await world.Server.Client.PutAsync($"{Images}/kernel/upload", content, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, (JsonObject)JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!);
    }
}
