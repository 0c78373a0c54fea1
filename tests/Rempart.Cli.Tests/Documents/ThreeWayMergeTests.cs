using System.Text.Json.Nodes;
using Rempart.Cli.Documents;

namespace Rempart.Cli.Tests.Documents;

public sealed class ThreeWayMergeTests
{
    [Fact]
    public void What_the_document_says_is_set()
    {
        Assert.Equal("""{"spec":{"a":2}}""", Patch("""{"spec":{"a":1}}""", """{"spec":{"a":2}}""", """{"spec":{"a":1,"x":9}}"""));
    }

    [Fact]
    public void What_the_document_no_longer_says_is_removed()
    {
        Assert.Equal("""{"spec":{"b":null}}""", Patch("""{"spec":{"a":1,"b":2}}""", """{"spec":{"a":1}}""", """{"spec":{"a":1,"b":2}}"""));
    }

    [Fact]
    public void What_others_set_is_left_alone()
    {
        Assert.Equal("{}", Patch("""{"spec":{"a":1}}""", """{"spec":{"a":1}}""", """{"spec":{"a":1,"x":9},"status":{"y":1}}"""));
    }

    [Fact]
    public void What_is_already_gone_needs_no_removal()
    {
        Assert.Equal("{}", Patch("""{"spec":{"a":1,"b":2}}""", """{"spec":{"a":1}}""", """{"spec":{"a":1}}"""));
    }

    [Fact]
    public void A_change_made_by_hand_is_put_right()
    {
        Assert.Equal("""{"spec":{"a":1}}""", Patch("""{"spec":{"a":1}}""", """{"spec":{"a":1}}""", """{"spec":{"a":5}}"""));
    }

    [Fact]
    public void The_applied_document_is_kept_in_the_object_and_read_back()
    {
        var document = (JsonObject)JsonNode.Parse("""{"kind":"X","metadata":{"name":"n"},"spec":{"a":1}}""")!;
        var kept = ThreeWayMerge.WithLastApplied(document);
        var again = ThreeWayMerge.WithLastApplied(kept);
        Assert.True(JsonNode.DeepEquals(document["spec"], ThreeWayMerge.ReadLastApplied(again)!["spec"]));
        Assert.Null(ThreeWayMerge.ReadLastApplied(again)!["metadata"]!["annotations"]?[ThreeWayMerge.LastApplied]);
    }

    private static string Patch(string before, string wanted, string live) =>
        ThreeWayMerge.Patch((JsonObject)JsonNode.Parse(before)!, (JsonObject)JsonNode.Parse(wanted)!, (JsonObject)JsonNode.Parse(live)!).ToJsonString();
}
