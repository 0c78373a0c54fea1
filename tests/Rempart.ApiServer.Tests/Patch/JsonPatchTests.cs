using System.Text;
using Rempart.Api.Meta;
using Rempart.ApiServer.Patch;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Tests.Patch;

public sealed class JsonPatchTests
{
    private static readonly Schema Anything = new() { Type = SchemaType.Any };

    [Theory]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/b","value":2},{"op":"remove","path":"/a"}]""", """{"b":2}""")]
    [InlineData("""{"a":[1,2]}""", """[{"op":"add","path":"/a/-","value":3},{"op":"add","path":"/a/0","value":0}]""", """{"a":[0,1,2,3]}""")]
    [InlineData("""{"a":{"b":1}}""", """[{"op":"move","from":"/a/b","path":"/c"}]""", """{"a":{},"c":1}""")]
    [InlineData("""{"a":{"b":1}}""", """[{"op":"copy","from":"/a","path":"/c"},{"op":"replace","path":"/c/b","value":2}]""", """{"a":{"b":1},"c":{"b":2}}""")]
    [InlineData("""{"a~/b":1}""", """[{"op":"test","path":"/a~0~1b","value":1},{"op":"replace","path":"/a~0~1b","value":null}]""", """{"a~/b":null}""")]
    [InlineData("""{"":{"":1}}""", """[{"op":"test","path":"//","value":1}]""", """{"":{"":1}}""")]
    [InlineData("""{"a":1.0}""", """[{"op":"test","path":"/a","value":1}]""", """{"a":1.0}""")]
    public void Operations_do_what_they_say(string document, string patch, string expected) => Assert.Equal(expected, Apply(document, patch));

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""[1]""")]
    [InlineData("""[{"op":"spam","path":"/a"}]""")]
    [InlineData("""[{"op":"add","path":"/a"}]""")]
    [InlineData("""[{"op":"add","value":1}]""")]
    [InlineData("""[{"op":"add","path":"a","value":1}]""")]
    [InlineData("""[{"op":"add","path":"/~2","value":1}]""")]
    [InlineData("""[{"op":"move","path":"/a"}]""")]
    [InlineData("""[{"op":7,"path":"/a"}]""")]
    [InlineData("""[{"op":"add","op":"remove","path":"/a","value":1}]""")]
    [InlineData("""[{"op":"add","path":"/\ud800","value":1}]""")]
    [InlineData("""[""")]
    public void What_is_no_patch_is_a_bad_request(string patch) => Assert.Equal(400, Refused("""{"a":1}""", patch).Code);

    [Theory]
    [InlineData("""[{"op":"remove","path":"/b"}]""")]
    [InlineData("""[{"op":"replace","path":"/b","value":1}]""")]
    [InlineData("""[{"op":"add","path":"/b/c","value":1}]""")]
    [InlineData("""[{"op":"add","path":"/a/4","value":1}]""")]
    [InlineData("""[{"op":"add","path":"/a/01","value":1}]""")]
    [InlineData("""[{"op":"add","path":"/a/+1","value":1}]""")]
    [InlineData("""[{"op":"remove","path":"/a/-"}]""")]
    [InlineData("""[{"op":"test","path":"/a/0","value":"1"}]""")]
    [InlineData("""[{"op":"move","from":"","path":"/b"}]""")]
    [InlineData("""[{"op":"move","from":"/a","path":"/a/0"}]""")]
    [InlineData("""[{"op":"test","path":"/a/99999999999","value":1}]""")]
    public void What_does_not_fit_the_document_is_unprocessable(string patch) => Assert.Equal(422, Refused("""{"a":[1,2,3]}""", patch).Code);

    [Fact]
    public void A_patch_has_at_most_ten_thousand_operations()
    {
        var patch = "[" + string.Join(",", Enumerable.Repeat("""{"op":"test","path":"/a","value":1}""", 10_001)) + "]";
        var refused = Refused("""{"a":1}""", patch);
        Assert.Equal(413, refused.Code);
        Assert.Equal("the allowed maximum operations in a JSON patch is 10000, got 10001", refused.Message);
    }

    [Fact]
    public void Copies_can_not_double_a_document_without_end()
    {
        var patch = "[" + string.Join(",", Enumerable.Range(0, 40).Select(i => $$"""{"op":"copy","from":"/a","path":"/a/{{i}}"}""")) + "]";
        Assert.Equal(422, Refused("""{"a":{"x":"xxxxxxxxxxxxxxxx"}}""", patch).Code);
    }

    [Fact]
    public void Lists_can_not_be_shifted_without_end()
    {
        var document = $$"""{"a":[{{string.Join(",", Enumerable.Repeat("1", 500_000))}}]}""";
        var patch = "[" + string.Join(",", Enumerable.Repeat("""{"op":"add","path":"/a/0","value":0}""", 10_000)) + "]";
        Assert.Equal(422, Refused(document, patch).Code);
    }

    private static string Apply(string document, string patch) =>
        Encoding.UTF8.GetString(DocumentPatch.Apply(PatchType.Json, Encoding.UTF8.GetBytes(document), Encoding.UTF8.GetBytes(patch), Anything));

    private static ApiStatus Refused(string document, string patch) => Assert.Throws<ApiException>(() => Apply(document, patch)).Status;
}
