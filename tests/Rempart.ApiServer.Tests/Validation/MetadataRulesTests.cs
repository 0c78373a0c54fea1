using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Rbac;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Tests.Validation;

public sealed class MetadataRulesTests
{
    private static readonly KindInfo Maps = KindInfo.Of<ConfigMap>();

    [Fact]
    public void Good_metadata_has_no_errors() => Assert.Empty(Check(Maps, new ObjectMeta
    {
        Name = "a.b-c",
        Namespace = "team",
        Labels = new Dictionary<string, string> { ["app"] = "", ["example.com/Tier"] = "Front_end.1" },
        Annotations = new Dictionary<string, string> { ["Example.com/X"] = "any text\n" },
        Finalizers = ["orphan", "rempart.dev/volume"],
        OwnerReferences = [new OwnerReference { ApiVersion = "v1", Kind = "Node", Name = "n", Uid = "u", Controller = true }],
    }));

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("a_b")]
    [InlineData("-a")]
    [InlineData("a-")]
    [InlineData("a..b")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("é")]
    [InlineData("../a")]
    public void Names_that_are_no_subdomain_are_refused(string name) => Assert.Equal(["metadata.name"], Check(Maps, new ObjectMeta { Name = name, Namespace = "team" }).Select(c => c.Field));

    [Fact]
    public void Names_have_a_longest_form_for_each_kind()
    {
        Assert.Empty(Check(Maps, new ObjectMeta { Name = new string('a', 253), Namespace = "team" }));
        Assert.Equal("Invalid value: \"" + new string('a', 254) + "\": must be no more than 253 characters", Assert.Single(Check(Maps, new ObjectMeta { Name = new string('a', 254), Namespace = "team" })).Message);
        Assert.NotEmpty(Check(KindInfo.Of<Namespace>(), new ObjectMeta { Name = new string('a', 64) }));
        Assert.NotEmpty(Check(KindInfo.Of<Namespace>(), new ObjectMeta { Name = "a.b" }));
        Assert.NotEmpty(Check(KindInfo.Of<VirtualMachine>(), new ObjectMeta { Name = "a.b", Namespace = "team" }));
        Assert.Empty(Check(KindInfo.Of<ClusterRole>(), new ObjectMeta { Name = "system:node" }));
        Assert.NotEmpty(Check(KindInfo.Of<ClusterRole>(), new ObjectMeta { Name = ".." }));
    }

    [Fact]
    public void A_prefix_may_end_in_a_dash_and_stands_for_a_name()
    {
        Assert.Empty(Check(Maps, new ObjectMeta { GenerateName = "a-", Namespace = "team" }));
        Assert.Equal("metadata.generateName", Check(Maps, new ObjectMeta { GenerateName = "A-", Namespace = "team" })[0].Field);
        Assert.Equal("Required value: name or generateName is required", Assert.Single(Check(Maps, new ObjectMeta { Namespace = "team" })).Message);
    }

    [Fact]
    public void The_namespace_belongs_to_the_scope()
    {
        Assert.Equal("Required value", Assert.Single(Check(Maps, new ObjectMeta { Name = "a" })).Message);
        Assert.Equal("Forbidden: not allowed on this type", Assert.Single(Check(KindInfo.Of<Node>(), new ObjectMeta { Name = "a", Namespace = "b" })).Message);
        Assert.NotEmpty(Check(Maps, new ObjectMeta { Name = "a", Namespace = "../b" }));
    }

    [Theory]
    [InlineData("", "v")]
    [InlineData("a/b/c", "v")]
    [InlineData("/b", "v")]
    [InlineData("A_/b", "v")]
    [InlineData("-a", "v")]
    [InlineData("k", "-v")]
    [InlineData("k", "a b")]
    [InlineData("k", "é")]
    public void Labels_have_a_syntax(string key, string value) =>
        Assert.Equal("metadata.labels", Assert.Single(Check(Maps, new ObjectMeta { Name = "a", Namespace = "t", Labels = new Dictionary<string, string> { [key] = value } })).Field);

    [Fact]
    public void Annotations_are_bounded_all_together()
    {
        var large = new Dictionary<string, string> { ["a"] = new('x', 128 * 1024), ["b"] = new('y', 128 * 1024) };
        Assert.Equal("Too long: may not be more than 262144 bytes", Assert.Single(Check(Maps, new ObjectMeta { Name = "a", Namespace = "t", Annotations = large })).Message);
    }

    [Fact]
    public void Finalizers_and_owners_have_rules()
    {
        Assert.Equal("Invalid value: \"foo\": name is neither a standard finalizer name nor is it fully qualified", Assert.Single(Check(Maps, new ObjectMeta { Name = "a", Namespace = "t", Finalizers = ["foo"] })).Message);
        Assert.NotEmpty(Check(Maps, new ObjectMeta { Name = "a", Namespace = "t", Finalizers = ["orphan", "foregroundDeletion"] }));
        Assert.NotEmpty(Check(Maps, new ObjectMeta { Name = "a", Namespace = "t", Finalizers = [.. Enumerable.Range(0, 65).Select(i => $"x.dev/{i}")] }));
        var owner = new OwnerReference { ApiVersion = "v1", Kind = "Node", Name = "n", Uid = "u", Controller = true };
        Assert.Contains("Only one reference can have Controller set to true", Assert.Single(Check(Maps, new ObjectMeta { Name = "a", Namespace = "t", OwnerReferences = [owner, owner with { Uid = "v" }] })).Message, StringComparison.Ordinal);
        Assert.Equal(["metadata.ownerReferences.uid"], Check(Maps, new ObjectMeta { Name = "a", Namespace = "t", OwnerReferences = [owner with { Uid = "" }] }).Select(c => c.Field));
    }

    [Fact]
    public void An_update_keeps_identity_and_adds_no_finalizer_to_what_is_going()
    {
        var before = new ObjectMeta { Name = "a", Namespace = "t", Uid = "1", Generation = 3, DeletionTimestamp = DateTimeOffset.UnixEpoch, Finalizers = ["x.dev/a"] };
        var errors = new FieldErrors();
        MetadataRules.ValidateUpdate(before with { Uid = "2", Name = "b", Finalizers = ["x.dev/a", "x.dev/b"], Generation = 2 }, before, errors);
        Assert.Equal(["metadata.finalizers", "metadata.generation", "metadata.name", "metadata.uid"], errors.Causes.Select(c => c.Field).Order(StringComparer.Ordinal));
        var none = new FieldErrors();
        MetadataRules.ValidateUpdate(before with { Finalizers = [] }, before, none);
        Assert.Equal(0, none.Count);
    }

    private static IReadOnlyList<StatusCause> Check(KindInfo kind, ObjectMeta meta)
    {
        var errors = new FieldErrors();
        MetadataRules.Validate(kind, meta, errors);
        return errors.Causes;
    }
}
