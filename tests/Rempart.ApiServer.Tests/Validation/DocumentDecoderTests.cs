using System.Text;
using System.Text.Json.Nodes;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Tests.Validation;

public sealed class DocumentDecoderTests
{
    private static readonly Schema Machines = Schemas.Of(typeof(VirtualMachine));
    private static readonly Schema Maps = Schemas.Of(typeof(ConfigMap));
    private static readonly Schema Nodes = Schemas.Of(typeof(Node));

    [Fact]
    public void A_good_document_comes_out_with_version_and_kind_first_and_without_nulls()
    {
        var document = Decode("""{ "kind": "VirtualMachine", "metadata": {"name":"a","creationTimestamp":null,"labels":{"x":null,"y":"z"}}, "spec": {"template":"t","class":"small","hostname":null} }""", Machines);
        Assert.Equal("""{"apiVersion":"compute.rempart.dev/v1","kind":"VirtualMachine","metadata":{"name":"a","labels":{"y":"z"}},"spec":{"template":"t","class":"small"}}""", Text(document));
        Assert.Equal(0, document.Missing.Count);
        Assert.Equal("small", document.As<VirtualMachine>().Spec.Class);
    }

    [Fact]
    public void Unknown_fields_are_all_named_with_their_paths()
    {
        var status = Refused("""{"metadata":{"name":"a"},"spec":{"template":"t","class":"c","foo":1,"volumes":[{"name":"d","size":"1Gi","bar":{"x":1}}]},"extra":[1]}""", Machines);
        Assert.Equal(400, status.Code);
        Assert.Equal("VirtualMachine in version \"v1\" cannot be handled as a VirtualMachine: strict decoding error: unknown field \"spec.foo\", unknown field \"spec.volumes[0].bar\", unknown field \"extra\"", status.Message);
        Assert.Equal(["spec.foo", "spec.volumes[0].bar", "extra"], status.Details!.Causes!.Select(c => c.Field));
    }

    [Fact]
    public void Under_warn_unknown_fields_are_dropped_and_told()
    {
        var document = DocumentDecoder.Decode("""{"data":{"a":"b"},"foo":{"deep":[1]}}"""u8, Maps, FieldValidation.Warn);
        Assert.Equal("""{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"b"}}""", Text(document));
        Assert.Equal(["unknown field \"foo\""], document.Warnings);
    }

    [Fact]
    public void Under_ignore_unknown_fields_are_dropped_in_silence()
    {
        var document = DocumentDecoder.Decode("""{"foo":1,"data":{"a":"b"}}"""u8, Maps, FieldValidation.Ignore);
        Assert.Equal("""{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"b"}}""", Text(document));
        Assert.Empty(document.Warnings);
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"a","name":"b"}}""", "metadata.name")]
    [InlineData("""{"data":{"k":"1","k":"2"}}""", "data.k")]
    [InlineData("""{"data":{"k":"1","\u006b":"2"}}""", "data.k")]
    [InlineData("""{"metadata":{"managedFields":[{"fieldsV1":{"f:a":{},"f:a":{}}}]}}""", "metadata.managedFields[0].fieldsV1.f:a")]
    public void A_field_given_twice_is_refused_under_any_validation(string json, string path)
    {
        foreach (var validation in Enum.GetValues<FieldValidation>())
        {
            var status = Assert.Throws<ApiException>(() => DocumentDecoder.Decode(Encoding.UTF8.GetBytes(json), Maps, validation)).Status;
            Assert.Equal(400, status.Code);
            Assert.EndsWith($"strict decoding error: duplicate field \"{path}\"", status.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"spec":[]}""", "spec", "must be an object")]
    [InlineData("""{"spec":{"template":7}}""", "spec.template", "7: must be a string")]
    [InlineData("""{"spec":{"volumes":{}}}""", "spec.volumes", "must be a list")]
    [InlineData("""{"spec":{"volumes":[{"size":"much"}]}}""", "spec.volumes[0].size", "must be a quantity")]
    [InlineData("""{"spec":{"volumes":[null]}}""", "spec.volumes[0]", "must be an object")]
    [InlineData("""{"spec":{"sshAuthorizedKeys":["a",2]}}""", "spec.sshAuthorizedKeys[1]", "must be a string")]
    [InlineData("""{"spec":{"stopGracePeriodSeconds":1.5}}""", "spec.stopGracePeriodSeconds", "must be a whole number of 32 bits")]
    [InlineData("""{"spec":{"stopGracePeriodSeconds":3000000000}}""", "spec.stopGracePeriodSeconds", "must be a whole number of 32 bits")]
    [InlineData("""{"spec":{"stopGracePeriodSeconds":"90"}}""", "spec.stopGracePeriodSeconds", "must be a whole number of 32 bits")]
    [InlineData("""{"metadata":{"creationTimestamp":"2026-01-01"}}""", "metadata.creationTimestamp", "must be a time in RFC 3339")]
    [InlineData("""{"metadata":{"creationTimestamp":"2026-01-01T00:00:00.000"}}""", "metadata.creationTimestamp", "must be a time in RFC 3339")]
    [InlineData("""{"metadata":{"labels":{"a":true}}}""", "metadata.labels.a", "must be a string")]
    [InlineData("""{"metadata":{"name":"\ud800"}}""", "metadata.name", "must be a string without halves")]
    [InlineData("""{"metadata":{"creationTimestamp":"2026-01-01T00:00:00\ud800Z"}}""", "metadata.creationTimestamp", "must be a time in RFC 3339")]
    [InlineData("""{"spec":{"rootVolumeSize":"1\udc00Gi"}}""", "spec.rootVolumeSize", "must be a quantity")]
    public void A_wrong_type_is_named_with_path_and_rule(string json, string path, string rule)
    {
        var status = Refused(json, Machines);
        Assert.Equal(400, status.Code);
        var cause = Assert.Single(status.Details!.Causes!);
        Assert.Equal(path, cause.Field);
        Assert.Contains(rule, cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Required_fields_that_are_missing_are_told_apart_from_what_is_wrong()
    {
        var document = Decode("""{"metadata":{"name":"a","ownerReferences":[{"kind":"K"}]},"spec":{"class":"c","template":null}}""", Machines);
        Assert.Equal(["metadata.ownerReferences[0].apiVersion", "metadata.ownerReferences[0].name", "metadata.ownerReferences[0].uid", "spec.template"],
            document.Missing.Causes.Select(c => c.Field).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Values_get_their_normal_form()
    {
        var node = Decode("""{"metadata":{"creationTimestamp":"2026-01-01T02:00:00+02:00"},"spec":{"taints":[{"key":"k","effect":"NoSchedule","timeAdded":"2026-01-01T00:00:00.9Z"}]},"status":{"capacity":{"cpu":2,"memory":"1Gi"}}}""", Nodes);
        Assert.Equal("""{"apiVersion":"v1","kind":"Node","metadata":{"creationTimestamp":"2026-01-01T00:00:00Z"},"spec":{"taints":[{"key":"k","effect":"NoSchedule","timeAdded":"2026-01-01T00:00:00Z"}]},"status":{"capacity":{"cpu":"2","memory":"1Gi"}}}""", Text(node));
    }

    [Fact]
    public void Escapes_of_other_writers_are_seen_through()
    {
        var map = Decode("""{"metadata":{"creationTimestamp":"2026-01-01T02:00:00\u002B02:00"},"binaryData":{"b":"\u002B\u002F\u002B\u002F"}}""", Maps);
        Assert.Equal("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"creationTimestamp":"2026-01-01T00:00:00Z"},"binaryData":{"b":"+/+/"}}""", Text(map));
        Assert.Contains("must be bytes in base64", Refused("""{"binaryData":{"b":"\ud800"}}""", Maps).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"data\":{}}}")]
    [InlineData("{\"data\":{}} {}")]
    [InlineData("{'data':{}}")]
    [InlineData("{\"data\":{},}")]
    [InlineData("{/* */}")]
    [InlineData("\uFEFF{}")]
    public void What_is_no_JSON_is_refused(string json) => Assert.StartsWith("the body is not valid JSON", Refused(json, Maps).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    public void What_is_no_object_is_refused(string json) => Assert.Contains("must be an object", Refused(json, Maps).Message, StringComparison.Ordinal);

    [Fact]
    public void Bytes_that_are_no_UTF8_are_refused() =>
        Assert.Equal("the body is not valid UTF-8", Assert.Throws<ApiException>(() => DocumentDecoder.Decode([(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}'], Maps, FieldValidation.Strict)).Message);

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    public void A_thousand_levels_are_refused_by_name(string open, string close)
    {
        var deep = string.Concat(Enumerable.Repeat(open, 1000)) + "1" + string.Concat(Enumerable.Repeat(close, 1000));
        foreach (var json in new[] { $$"""{"spec":{{deep}}}""", $$"""{"unknown":{{deep}}}""" })
            Assert.StartsWith("the body is nested deeper than 60 levels", Refused(json, Schemas.Of(typeof(Pod))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_kind_is_refused()
    {
        Assert.Equal("the kind in the data (Secret) does not match the expected kind (ConfigMap)", Refused("""{"kind":"Secret"}""", Maps).Message);
        Assert.Equal("the API version in the data (v2) does not match the expected API version (v1)", Refused("""{"apiVersion":"v2"}""", Maps).Message);
    }

    [Fact]
    public void An_answer_about_a_hostile_document_stays_small()
    {
        var json = "{" + string.Join(",", Enumerable.Range(0, 100_000).Select(i => $"\"{new string('x', 20)}{i}\":1")) + "}";
        var status = Refused(json, Maps);
        Assert.InRange(status.Message!.Length, 1, 8192);
        Assert.InRange(status.Details!.Causes!.Count, 1, 64);
    }

    [Fact]
    public void What_is_decoded_decodes_to_itself()
    {
        var once = Decode("""{"metadata":{"name":"a","annotations":{"q\"\\\u00e9\ud83d\ude00":"<&>\n"}},"spec":{"template":"t","class":"c","rootVolumeSize":7}}""", Machines);
        Assert.Equal(Text(once), Text(DocumentDecoder.Decode(once.Json, Machines, FieldValidation.Strict)));
        Assert.Equal("<&>\n", (string?)JsonNode.Parse(once.Json)!["metadata"]!["annotations"]!["q\"\\é😀"]);
    }

    private static DecodedDocument Decode(string json, Schema schema) => DocumentDecoder.Decode(Encoding.UTF8.GetBytes(json), schema, FieldValidation.Strict);

    private static ApiStatus Refused(string json, Schema schema) => Assert.Throws<ApiException>(() => Decode(json, schema)).Status;

    private static string Text(DecodedDocument document) => Encoding.UTF8.GetString(document.Json);
}
