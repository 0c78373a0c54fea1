using System.Text;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.ApiServer.Patch;
using Rempart.ApiServer.Validation;
using Rempart.Testing.Conformance;

namespace Rempart.ApiServer.Tests.Patch;

/// <summary>The cases of json-patch/json-patch-tests, one by one.</summary>
[Trait("level", "conformance")]
public sealed class JsonPatchConformanceTests
{
    private static readonly Schema Anything = new() { Type = SchemaType.Any };

    [Fact]
    public void Every_case_of_the_specification_holds()
    {
        Assert.SkipUnless(Fixtures.Exist, "no upstream fixtures: set REMPART_CONFORMANCE to their folder");
        var cases = JsonNode.Parse(File.ReadAllBytes(Fixtures.Path("json-patch/spec_tests.json")))!.AsArray();
        var wrong = new List<string>();
        foreach (var item in cases.OfType<JsonObject>().Where(c => c["disabled"]?.GetValue<bool>() != true && c.ContainsKey("patch")))
        {
            if (Failure(item) is { } failure) wrong.Add($"{item["comment"]}: {failure}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.InRange(cases.Count, 15, int.MaxValue);
    }

    private static string? Failure(JsonObject item)
    {
        try
        {
            var bytes = DocumentPatch.Apply(PatchType.Json, Bytes(item["doc"]), Bytes(item["patch"]), Anything);
            if (item.ContainsKey("error")) return $"expected the error `{item["error"]}`, got {Encoding.UTF8.GetString(bytes)}";
            return !item.ContainsKey("expected") || JsonNode.DeepEquals(JsonNode.Parse(bytes), item["expected"]) ? null : $"got {Encoding.UTF8.GetString(bytes)}";
        }
        catch (ApiException refused)
        {
            return item.ContainsKey("error") && refused.Code is 400 or 422 ? null : refused.Message;
        }
    }

    private static byte[] Bytes(JsonNode? node) => Encoding.UTF8.GetBytes(node?.ToJsonString() ?? "null");
}
