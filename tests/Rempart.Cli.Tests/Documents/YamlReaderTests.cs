using System.Text.Json.Nodes;
using Rempart.Cli.Documents;

namespace Rempart.Cli.Tests.Documents;

public sealed class YamlReaderTests
{
    [Fact]
    public void Several_documents_are_read_in_order_and_empty_ones_are_left_out()
    {
        var documents = YamlReader.Read("kind: A\n---\n---\nkind: B\n", "f.yaml");
        Assert.Equal(["A", "B"], documents.Select(d => d["kind"]!.ToString()));
    }

    [Theory]
    [InlineData("12", "12")]
    [InlineData("-3", "-3")]
    [InlineData("1.5", "1.5")]
    [InlineData("true", "true")]
    [InlineData("~", "null")]
    [InlineData("'12'", "\"12\"")]
    [InlineData("\"true\"", "\"true\"")]
    [InlineData("2Gi", "\"2Gi\"")]
    [InlineData("0123abc", "\"0123abc\"")]
    [InlineData("on", "\"on\"")]
    [InlineData("10.1.2.0/24", "\"10.1.2.0/24\"")]
    [InlineData("52:54:00:12:34:56", "\"52:54:00:12:34:56\"")]
    public void Scalars_follow_the_core_schema(string yaml, string json)
    {
        var document = Assert.Single(YamlReader.Read($"v: {yaml}\n", "f.yaml"));
        Assert.Equal(json, document["v"]?.ToJsonString() ?? "null");
    }

    [Fact]
    public void A_text_that_stands_for_a_huge_document_is_refused()
    {
        var bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
        for (var c = 'b'; c <= 'i'; c++) bomb += $"{c}: &{c} [{string.Join(',', Enumerable.Repeat($"*{(char)(c - 1)}", 10))}]\n";
        var error = Assert.Throws<CliException>(() => YamlReader.Read(bomb, "bomb.yaml"));
        Assert.Contains("more than", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_names_the_file_and_the_line()
    {
        var error = Assert.Throws<CliException>(() => YamlReader.Read("a: 1\nb: \"x\n", "f.yaml"));
        Assert.Contains("`f.yaml`, line", error.Message, StringComparison.Ordinal);
        Assert.Throws<CliException>(() => YamlReader.Read("a: 1\nb: [1, 2\nc: 3\n", "f.yaml"));
    }

    [Fact]
    public void What_is_written_as_yaml_reads_back_the_same()
    {
        var document = (JsonObject)JsonNode.Parse("""{"a":"true","b":"12","c":12,"d":true,"e":["x: y","- z","","multi\nline\n"],"f":{"g":"~","h":"null","i":"0x10","j":1.5},"k":"#no comment"}""")!;
        var back = Assert.Single(YamlReader.Read(YamlText.Write(document), "f.yaml"));
        Assert.True(JsonNode.DeepEquals(document, back), YamlText.Write(document));
    }
}
