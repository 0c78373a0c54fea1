using System.Text.Json.Nodes;
using Rempart.Api.Client;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Runtime.Conditions;
using Rempart.Testing.Api;
using Rempart.Testing.Time;

namespace Rempart.Runtime.Tests.Conditions;

public sealed class StatusWriterTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_newer_version_has_written_into_a_status_stays_when_an_older_one_changes_another_part()
    {
        var api = new FakeApi(new ManualTime());
        using var client = api.Client();
        api.Seed(new Node { Metadata = new() { Name = "h1" }, Status = new() { Phase = "Pending", Capacity = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse("1"), ["gpu"] = Quantity.Parse("2") } } });
        await client.PatchAsync<Node>(null, "h1", ApiPatch.Merge(new JsonObject { ["status"] = new JsonObject { ["heat"] = 40 } }), "status", Stop);
        var node = await client.GetAsync<Node>(null, "h1", Stop);

        var written = await client.ChangeStatusAsync(node, current => current with { Status = current.Status! with { Phase = "Running", Capacity = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse("1") } } }, Stop);

        Assert.Equal("Running", written!.Status!.Phase);
        var status = JsonNode.Parse((await client.SendAsync(HttpMethod.Get, "/api/v1/nodes/h1", null, null, null, Stop)).Span)!["status"]!;
        Assert.Equal(40, (int?)status["heat"]);
        Assert.Equal("""{"cpu":"1"}""", status["capacity"]!.ToJsonString());
    }

    [Fact]
    public async Task Who_read_an_older_version_looks_again_before_writing()
    {
        var api = new FakeApi(new ManualTime());
        using var client = api.Client();
        var old = api.Seed(new Node { Metadata = new() { Name = "h1" }, Status = new() { Phase = "Pending" } });
        await client.ChangeStatusAsync(old, current => current with { Status = current.Status! with { Phase = "Running" } }, Stop);

        var written = await client.ChangeStatusAsync(old, current => current with { Status = current.Status! with { Capacity = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse(current.Status.Phase == "Running" ? "2" : "1") } } }, Stop);

        Assert.Equal(("Running", "2"), (written!.Status!.Phase, written.Status.Capacity!["cpu"].ToString()));
    }
}
