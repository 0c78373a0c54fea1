using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.ApiServer.Apply;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Tests.Apply;

public sealed class FieldSetTests
{
    [Theory]
    [InlineData("""{"f:a":{}}""")]
    [InlineData("""{"f:a":{".":{},"f:b":{}}}""")]
    [InlineData("""{"f:l":{"k:{\"port\":80}":{".":{},"f:port":{}},"k:{\"port\":443}":{".":{},"f:port":{}},"k:{\"port\":8080}":{".":{},"f:port":{}}}}""")]
    [InlineData("""{"f:s":{"v:1":{},"v:10":{},"v:\"a\"":{},"v:\"b\"":{},"v:true":{}}}""")]
    [InlineData("""{"f:s":{"i:2":{},"i:10":{}}}""")]
    [InlineData("""{"f:c":{"k:{\"name\":\"a\\u003cb\",\"protocol\":\"TCP\"}":{".":{},"f:name":{}}}}""")]
    public void FieldsV1_is_read_and_written_byte_by_byte(string text) => Assert.Equal(text, Written(Read(text)));

    [Theory]
    [InlineData("""{"f:b":{},"f:a":{}}""", """{"f:a":{},"f:b":{}}""")]
    [InlineData("""{"f:a":{"f:b":{},".":{}}}""", """{"f:a":{".":{},"f:b":{}}}""")]
    [InlineData("""{"f:a":{".":{}}}""", """{"f:a":{}}""")]
    [InlineData("""{"k:{\"b\":1,\"a\":2}":{}}""", """{"k:{\"a\":2,\"b\":1}":{}}""")]
    [InlineData("""{"x:later":{},"f:a":{}}""", """{"f:a":{}}""")]
    [InlineData("""{"i:1":{},"v:1":{},"k:{\"a\":1}":{},"f:z":{}}""", """{"f:z":{},"k:{\"a\":1}":{},"v:1":{},"i:1":{}}""")]
    public void What_another_writer_left_is_put_in_order(string text, string expected) => Assert.Equal(expected, Written(Read(text)));

    [Fact]
    public void No_set_is_so_deep_that_its_object_could_not_be_read_any_more()
    {
        Assert.Equal(Nested(FieldsV1.MostSteps), Written(Read(Nested(FieldsV1.MostSteps))));
        Assert.Throws<FormatException>(() => Read(Nested(FieldsV1.MostSteps + 1)));
        Assert.Throws<FormatException>(() => Read(Nested(FieldsV1.MostSteps + 1).Replace("{}", "1", StringComparison.Ordinal)));

        // What is further inside is owned as a whole.
        var deep = FieldSet.Named([.. Enumerable.Repeat("x", FieldsV1.MostSteps + 20)]);
        Assert.Equal(Nested(FieldsV1.MostSteps), Written(deep));
    }

    [Fact]
    public void A_step_that_is_spelled_in_many_ways_is_joined_in_one_go()
    {
        var spellings = Enumerable.Range(0, 20_000).Select(i => $"\"v:{new string(' ', i % 200)}{(i < 10_000 ? "1" : "2")}{new string(' ', i / 200)}\":{{\"f:a{i}\":{{}}}}");

        var set = Read($"{{{string.Join(',', spellings)}}}");

        Assert.Equal(2, set.Branches.Count);
        Assert.All(set.Branches, branch => Assert.Equal(10_000, branch.Below.Branches.Count));
    }

    private static string Nested(int steps) => string.Concat(Enumerable.Repeat("{\"f:x\":", steps)) + "{}" + new string('}', steps);

    [Theory]
    [InlineData("""{"v:\"\\ud800\"":{}}""")]
    [InlineData("""{"f":{}}""")]
    [InlineData("""{"fa":{}}""")]
    [InlineData("""{"k:{}":{}}""")]
    [InlineData("""{"k:1":{}}""")]
    [InlineData("""{"v:":{}}""")]
    [InlineData("""{"i:x":{}}""")]
    [InlineData("[]")]
    public void What_is_no_set_is_refused(string text) => Assert.Throws<FormatException>(() => Read(text));

    [Theory]
    [InlineData("""{"f:a":{}}""", """{"f:b":{}}""", """{"f:a":{},"f:b":{}}""", "{}", """{"f:a":{}}""")]
    [InlineData("""{"f:a":{}}""", """{"f:a":{}}""", """{"f:a":{}}""", """{"f:a":{}}""", "{}")]
    [InlineData("""{"f:a":{"f:b":{}}}""", """{"f:a":{}}""", """{"f:a":{".":{},"f:b":{}}}""", "{}", """{"f:a":{"f:b":{}}}""")]
    [InlineData("""{"f:a":{".":{},"f:b":{},"f:c":{}}}""", """{"f:a":{".":{},"f:b":{}}}""", """{"f:a":{".":{},"f:b":{},"f:c":{}}}""", """{"f:a":{".":{},"f:b":{}}}""", """{"f:a":{"f:c":{}}}""")]
    public void Sets_are_joined_and_subtracted_field_by_field(string one, string other, string union, string both, string rest)
    {
        Assert.Equal(union, Written(Read(one).Union(Read(other))));
        Assert.Equal(both, Written(Read(one).Intersect(Read(other))));
        Assert.Equal(rest, Written(Read(one).Except(Read(other))));
    }

    [Theory]
    [InlineData(typeof(ConfigMap), """{"data":{"a":"1"},"metadata":{"labels":{"l":"x"},"finalizers":["e/f"]}}""", """{"f:data":{"f:a":{}},"f:metadata":{"f:finalizers":{"v:\"e/f\"":{}},"f:labels":{"f:l":{}}}}""")]
    [InlineData(typeof(ConfigMap), """{"data":{},"metadata":{"finalizers":[]}}""", """{"f:data":{}}""")]
    [InlineData(typeof(ConfigMap), """{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"A","name":"b","uid":"1"}]}}""", """{"f:metadata":{"f:ownerReferences":{"k:{\"uid\":\"1\"}":{}}}}""")]
    [InlineData(typeof(Node), """{"status":{"conditions":[{"type":"Ready","status":"True"}]},"spec":{"taints":[{"key":"a","effect":"NoSchedule"}]}}""", """{"f:spec":{"f:taints":{}},"f:status":{"f:conditions":{"k:{\"type\":\"Ready\"}":{".":{},"f:status":{},"f:type":{}}}}}""")]
    [InlineData(typeof(VirtualMachine), """{"spec":{"nodeSelector":{"a":"b"},"volumes":[{"name":"d","size":"1Gi"}],"sshAuthorizedKeys":["k"]}}""", """{"f:spec":{"f:nodeSelector":{},"f:sshAuthorizedKeys":{"v:\"k\"":{}},"f:volumes":{"k:{\"name\":\"d\"}":{".":{},"f:name":{},"f:size":{}}}}}""")]
    public void The_schema_says_which_fields_a_document_sets(Type type, string document, string expected) =>
        Assert.Equal(expected, Written(DocumentFields.Of((JsonObject)JsonNode.Parse(document)!, Schemas.Of(type))));

    [Theory]
    [InlineData("""{"data":{"a":"1"}}""", """{"data":{"a":"1"}}""", "{}", "{}", "{}")]
    [InlineData("{}", """{"data":{"a":"1"}}""", """{"f:data":{".":{},"f:a":{}}}""", "{}", "{}")]
    [InlineData("""{"data":{"a":"1"}}""", "{}", "{}", "{}", """{"f:data":{".":{},"f:a":{}}}""")]
    [InlineData("""{"data":{"a":"1","b":"2"}}""", """{"data":{"a":"2","c":"3"}}""", """{"f:data":{"f:c":{}}}""", """{"f:data":{"f:a":{}}}""", """{"f:data":{"f:b":{}}}""")]
    [InlineData("{}", """{"data":{}}""", """{"f:data":{}}""", "{}", "{}")]
    [InlineData("""{"metadata":{"finalizers":["a/a","b/b"]}}""", """{"metadata":{"finalizers":["b/b","a/a","c/c"]}}""", """{"f:metadata":{"f:finalizers":{"v:\"c/c\"":{}}}}""", "{}", "{}")]
    [InlineData("""{"metadata":{"finalizers":["a/a","a/a"]}}""", """{"metadata":{"finalizers":["a/a"]}}""", "{}", """{"f:metadata":{"f:finalizers":{"v:\"a/a\"":{}}}}""", "{}")]
    public void Two_documents_are_compared_field_by_field(string before, string after, string added, string modified, string removed)
    {
        var changes = FieldChanges.Between((JsonObject)JsonNode.Parse(before)!, (JsonObject)JsonNode.Parse(after)!, Schemas.Of(typeof(ConfigMap)));
        Assert.Equal((added, modified, removed), (Written(changes.Added), Written(changes.Modified), Written(changes.Removed)));
    }

    [Theory]
    [InlineData("a,b,c", "c,a", "b,c,a")]
    [InlineData("a,b,c", "a,d", "a,b,c,d")]
    [InlineData("a,b", "c,b", "a,c,b")]
    [InlineData("a,b,c,d", "d,x,b", "a,c,d,x,b")]
    [InlineData("", "b,a", "b,a")]
    [InlineData("a,b", "", "a,b")]
    public void Items_stand_in_the_order_of_the_configuration(string live, string configuration, string expected)
    {
        static JsonObject Of(string keys) => new() { ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray([.. keys.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(k => (JsonNode)k)]) } };
        var merged = DocumentMerge.Of(Of(live), Of(configuration), Schemas.Of(typeof(ConfigMap)));
        Assert.Equal(expected, string.Join(',', merged["metadata"]!["finalizers"]!.AsArray().Select(f => f!.GetValue<string>())));
    }

    private static FieldSet Read(string text) => FieldsV1.Read(JsonNode.Parse(text));

    private static string Written(FieldSet set)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) FieldsV1.Write(writer, set);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
