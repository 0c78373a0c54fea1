using System.Text.Json.Nodes;
using Rempart.Cli.Output;
using Rempart.Cli.Terminal;

namespace Rempart.Cli.Tests.Output;

public sealed class TextTests
{
    [Fact]
    public void Columns_are_as_wide_as_their_widest_cell()
    {
        Assert.Equal("NAME     STATUS\nfirst    Running\na        -\n", ColumnText.Format(["NAME", "STATUS"], [["first ", "Running"], ["a", "-"]]));
    }

    [Fact]
    public void Escape_sequences_of_others_never_reach_the_terminal()
    {
        Assert.DoesNotContain('\e', ColumnText.Format(["A"], [["x\e[2Jy"]]));
        Assert.DoesNotContain('\e', DescribeText.Format((JsonObject)JsonNode.Parse("""{"metadata":{"name":"n"},"spec":{"a":"\u001b[31m","l":["\u001b]0;x\u0007"],"m":"one\n\u001b[2J"}}""")!, "X"));
    }

    [Fact]
    public void Wide_columns_appear_only_when_asked_for()
    {
        var table = (JsonObject)JsonNode.Parse("""{"columnDefinitions":[{"name":"Name","priority":0},{"name":"Node","priority":1}],"rows":[{"cells":["a","h1"]},{"cells":["b",null]}]}""")!;
        Assert.Equal(["NAME"], TableDocument.Headers(table, wide: false));
        Assert.Equal([["a"], ["b"]], TableDocument.Rows(table, wide: false));
        Assert.Equal([["a", "h1"], ["b", "<none>"]], TableDocument.Rows(table, wide: true));
    }

    [Fact]
    public void A_secret_is_described_by_the_sizes_of_its_values()
    {
        var text = DescribeText.Format((JsonObject)JsonNode.Parse("""{"metadata":{"name":"n"},"data":{"password":"aHVudGVyMg=="}}""")!, "Secret");
        Assert.Contains("7 bytes", text, StringComparison.Ordinal);
        Assert.DoesNotContain("aHVudGVyMg", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_of_mappings_are_described_with_a_dash_each()
    {
        var text = DescribeText.Format((JsonObject)JsonNode.Parse("""{"metadata":{"name":"n"},"spec":{"disks":[{"name":"a","size":1},{"name":"b","size":2}]}}""")!, "X");
        Assert.Contains("  Disks:\n    - Name:       a\n      Size:       1\n    - Name:       b\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("^]", 0x1d)]
    [InlineData("^a", 1)]
    [InlineData("^A", 1)]
    public void Detach_keys_are_control_characters(string text, byte key) => Assert.Equal(key, ConsoleSession.DetachKey(text));

    [Theory]
    [InlineData("q")]
    [InlineData("^1")]
    [InlineData("")]
    public void Other_detach_keys_are_refused(string text) => Assert.Throws<CliException>(() => ConsoleSession.DetachKey(text));
}
