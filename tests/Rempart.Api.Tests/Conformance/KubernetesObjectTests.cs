using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.Testing.Conformance;

namespace Rempart.Api.Tests.Conformance;

/// <summary>Objects with every field set, as Kubernetes itself publishes them, survive a typed view.</summary>
[Trait("level", "conformance")]
public sealed class KubernetesObjectTests
{
    /// <summary>Fixtures of kinds that are not there yet; each goes as its kind comes.</summary>
    private static readonly string[] Later =
    [
        "apidiscovery.k8s.io.v2.APIGroupDiscovery", "apps.v1.Deployment", "apps.v1.ReplicaSet",
        "core.v1.PersistentVolumeClaim", "core.v1.Service", "networking.k8s.io.v1.NetworkPolicy",
    ];

    /// <summary>Kinds that upstream's fixtures don't show, in order.</summary>
    private static readonly string[] Missing =
    [
        "authorization.k8s.io.v1.LocalSubjectAccessReview", "authorization.k8s.io.v1.SelfSubjectRulesReview", "authorization.k8s.io.v1.SubjectAccessReview",
        "core.v1.LimitRange", "core.v1.ResourceQuota",
    ];

    private static readonly Dictionary<string, Type> Others = new()
    {
        ["core.v1.Status"] = typeof(ApiStatus),
        ["core.v1.WatchEvent"] = typeof(WatchEvent),
        ["core.v1.DeleteOptions"] = typeof(DeleteOptions),
    };

    public static TheoryData<string> Names() =>
        [.. Known().Except(Missing, StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_field_survives_decode_and_encode(string name)
    {
        Assert.SkipUnless(Fixtures.Exist, "no upstream fixtures: set REMPART_CONFORMANCE to their folder");
        var type = Others.GetValueOrDefault(name) ?? ApiKinds.All.Single(k => IsBuiltIn(k) && Fixture(k) == name).ClrType;
        var bytes = File.ReadAllBytes(Fixtures.Path($"kubernetes-api/{name}.json"));
        var view = JsonSerializer.Deserialize(bytes, ApiJson.Strict.GetTypeInfo(type));
        var again = JsonNode.Parse(JsonSerializer.SerializeToUtf8Bytes(view, ApiJson.Strict.GetTypeInfo(type)));
        var first = JsonNode.Parse(bytes);
        Assert.True(JsonNode.DeepEquals(first, again), $"expected {first}\ngot {again}");
    }

    [Fact]
    public void Every_fixture_is_read_or_listed_for_later()
    {
        Assert.SkipUnless(Fixtures.Exist, "no upstream fixtures: set REMPART_CONFORMANCE to their folder");
        var all = Directory.GetFiles(Fixtures.Path("kubernetes-api"), "*.json").Select(f => Path.GetFileNameWithoutExtension(f));
        var known = Known().Concat(Later).ToHashSet();
        Assert.DoesNotContain(all, name => !known.Contains(name));
    }

    [Fact]
    public void Exactly_those_that_are_listed_have_no_fixture()
    {
        Assert.SkipUnless(Fixtures.Exist, "no upstream fixtures: set REMPART_CONFORMANCE to their folder");
        Assert.Equal(Missing, Known().Where(name => !File.Exists(Fixtures.Path($"kubernetes-api/{name}.json"))).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Known() => Others.Keys.Concat(ApiKinds.All.Where(IsBuiltIn).Select(Fixture));

    private static bool IsBuiltIn(KindInfo kind) => !kind.Group.EndsWith(".rempart.dev", StringComparison.Ordinal);

    private static string Fixture(KindInfo kind) => $"{(kind.Group.Length == 0 ? "core" : kind.Group)}.{kind.Version}.{kind.Kind}";
}
