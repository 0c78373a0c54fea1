using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Patch;
using Rempart.ApiServer.Selectors;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Tests;

/// <summary>Whatever comes in is taken or refused with a Status; nothing else is ever thrown.</summary>
public sealed class HostileInputTests
{
    private static readonly Schema[] Kinds = [Schemas.Of(typeof(VirtualMachine)), Schemas.Of(typeof(Node)), Schemas.Of(typeof(ConfigMap)), Schemas.Of(typeof(Pod)), Schemas.Of(typeof(Event))];

    private static readonly string[] Seeds =
    [
        """{"metadata":{"name":"a","creationTimestamp":"2026-01-01T00:00:00\u002B02:00"},"binaryData":{"b":"QQ\u003D\u003D","c":"QUI="},"eventTime":"2026-01-01T00:00:00.5Z","series":{"count":2},"involvedObject":{"uid":"u"}}""",
        """{"apiVersion":"v1","kind":"Node","metadata":{"name":"a","finalizers":["x.dev/a"],"labels":{"k":"v"}},"spec":{"taints":[{"key":"a","effect":"b"}]},"status":{"conditions":[{"type":"Ready","status":"True"}],"capacity":{"cpu":"2"}}}""",
        """{"metadata":{"name":"\u00e9\ud83d\ude00","annotations":{"a":null}},"spec":{"template":"t","class":"c","volumes":[{"name":"d","size":"1Gi"}]},"status":{"startedAt":"2026-01-01T00:00:00Z"}}""",
        """[{"op":"add","path":"/metadata/labels/x","value":"y"},{"op":"move","from":"/spec","path":"/a~1b"},{"op":"copy","from":"","path":"/c"},{"op":"test","path":"/metadata/name","value":"a"},{"op":"remove","path":"/status/conditions/0"}]""",
        """{"metadata":{"$deleteFromPrimitiveList/finalizers":["x.dev/a"],"$setElementOrder/finalizers":["b"],"finalizers":["b"]},"status":{"conditions":[{"$patch":"delete","type":"Ready"},{"$patch":"replace"}],"$retainKeys":["conditions"]}}""",
    ];

    private static readonly string[] Tokens = ["{", "}", "[", "]", ",", ":", "\"", "null", "1e999", "-0", "\\ud800", "\\u0000", "\"$patch\":\"replace\",", "\"a\":{},", "\"-\"", "/", "~0", "[[[[[[[[", "9223372036854775808", "\"2026-01-01T00:00:00Z\"", "é"];

    [Fact]
    public void Damaged_documents_are_taken_or_refused() => Damage(bytes =>
    {
        foreach (var schema in Kinds)
        {
            foreach (var validation in Enum.GetValues<FieldValidation>())
            {
                if (Guarded(() => DocumentDecoder.Decode(bytes, schema, validation)) is not { } document) continue;
                Assert.Equal(document.Json, DocumentDecoder.Decode(document.Json, schema, FieldValidation.Strict).Json);
                if (document.Missing.Count == 0) Assert.NotNull(document.As(schema.Kind!));
                Assert.NotNull(IndexedFields.Read(document.Json, schema.Kind!));
            }
        }
    });

    [Fact]
    public void Damaged_patches_are_taken_or_refused() => Damage(bytes =>
    {
        foreach (var type in Enum.GetValues<PatchType>())
        {
            var result = Guarded(() => DocumentPatch.Apply(type, Encoding.UTF8.GetBytes(Seeds[1]), bytes, Kinds[1]));
            if (result is not null) Guarded(() => DocumentDecoder.Decode(result, Kinds[1], FieldValidation.Strict));
        }
    });

    [Fact]
    public void Any_text_is_a_selector_or_refused() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
        {
            Guarded(() => LabelQuery.Parse(text));
            Guarded(() => FieldQuery.Parse(text, KindInfo.Of<Node>()));
        }).QuickCheckThrowOnFailure();

    private static void Damage(Action<byte[]> check)
    {
        var edits = Gen.Choose(0, 4096).Zip(Gen.Elements(Tokens)).ListOf();
        Prop.ForAll(Gen.Elements(Seeds).Zip(edits).ToArbitrary(), pair =>
        {
            var text = pair.Item1;
            foreach (var (place, token) in pair.Item2.Take(6))
            {
                var at = place % (text.Length + 1);
                var cut = Math.Min(text.Length - at, place % 5);
                text = text[..at] + token + text[(at + cut)..];
            }

            check(Encoding.UTF8.GetBytes(text));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(4000));
    }

    private static T? Guarded<T>(Func<T> action) where T : class
    {
        try
        {
            return action();
        }
        catch (ApiException refused)
        {
            Assert.InRange(refused.Code, 400, 422);
            Assert.NotEmpty(JsonSerializer.Serialize(refused.Status.Message));
            return null;
        }
    }
}
