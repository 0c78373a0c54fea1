using System.Text;
using Rempart.Api.Meta;
using Rempart.ApiServer.Patch;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Tests.Patch;

public sealed class MergePatchTests
{
    private static readonly Schema Anything = new() { Type = SchemaType.Any };

    /// <summary>The cases of RFC 7396, appendix A, whose patch is an object: the API takes no other.</summary>
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", """{}""")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("""[1,2]""", """{"a":"b","c":null}""", """{"a":"b"}""")]
    [InlineData("""{}""", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void Merging_follows_the_RFC(string document, string patch, string expected) => Assert.Equal(expected, Apply(document, patch));

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"a\"")]
    [InlineData("{")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"\udc00":1}""")]
    public void What_is_no_object_is_a_bad_request(string patch) => Assert.Equal(400, Assert.Throws<ApiException>(() => Apply("{}", patch)).Code);

    [Fact]
    public void Removing_very_many_members_is_not_slow_by_the_square()
    {
        var document = "{" + string.Join(",", Enumerable.Range(0, 200_000).Select(i => $"\"k{i}\":1")) + ",\"stays\":1}";
        var patch = "{" + string.Join(",", Enumerable.Range(0, 200_000).Select(i => $"\"k{i}\":null")) + "}";
        Assert.Equal("""{"stays":1}""", Apply(document, patch));
    }

    private static string Apply(string document, string patch) =>
        Encoding.UTF8.GetString(DocumentPatch.Apply(PatchType.Merge, Encoding.UTF8.GetBytes(document), Encoding.UTF8.GetBytes(patch), Anything));
}
