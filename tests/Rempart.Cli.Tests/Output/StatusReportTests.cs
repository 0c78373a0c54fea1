using System.Text.Json.Nodes;
using Rempart.Cli.Output;

namespace Rempart.Cli.Tests.Output;

public sealed class StatusReportTests
{
    [Fact]
    public void A_machine_that_should_run_and_does_not_is_told_with_its_reason()
    {
        var machine = Json("""{"metadata":{"name":"m","namespace":"p"},"spec":{},"status":{"phase":"Pending","conditions":[{"type":"Scheduled","status":"False","message":"0/1 hosts fit"}]}}""");
        var line = Assert.Single(StatusReport.Attention([], [machine], []));
        Assert.Equal(["vm/m -n p", "is Pending, should be Running: 0/1 hosts fit"], line);
    }

    [Fact]
    public void A_machine_that_is_stopped_as_wanted_needs_no_attention()
    {
        Assert.Empty(StatusReport.Attention([], [Json("""{"metadata":{"name":"m"},"spec":{"powerState":"Stopped"},"status":{"phase":"Stopped"}}""")], []));
    }

    [Fact]
    public void A_host_without_a_sign_of_life_and_an_unapproved_template_are_told()
    {
        var lines = StatusReport.Attention([Json("""{"metadata":{"name":"h"},"status":{"conditions":[{"type":"Ready","status":"Unknown","message":"no sign of life"}]}}""")], [], [Json("""{"metadata":{"name":"t"}}""")]);
        Assert.Equal([["node/h", "no sign of life"], ["machinetemplate/t", "is not approved"]], lines);
    }

    private static JsonObject Json(string text) => (JsonObject)JsonNode.Parse(text)!;
}
