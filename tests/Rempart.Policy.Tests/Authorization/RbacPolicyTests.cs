using Rempart.Api.Meta;
using Rempart.Api.Rbac;
using Rempart.Policy.Authorization;
using static Rempart.Policy.Tests.Authorization.Rbac;

namespace Rempart.Policy.Tests.Authorization;

public sealed class RbacPolicyTests
{
    private static readonly Caller Alice = Caller("alice", "team-a");

    [Fact]
    public void A_grant_is_what_the_binding_gives_and_the_reason_names_binding_and_role()
    {
        var policy = Of([ClusterRole("reader", Rule("get,list", "", "configmaps"))], bindings: [Bind("readers", "reader", User("alice"))]);

        var allowed = policy.Decide(Request(Alice, "get", "", "configmaps", "a", "x"));

        Assert.True(allowed.Allowed);
        Assert.Contains("`readers`", allowed.Reason, StringComparison.Ordinal);
        Assert.Contains("`reader`", allowed.Reason, StringComparison.Ordinal);
        Assert.False(policy.Decide(Request(Alice, "delete", "", "configmaps", "a", "x")).Allowed);
        Assert.False(policy.Decide(Request(Alice, "get", "", "secrets", "a", "x")).Allowed);
        Assert.False(policy.Decide(Request(Caller("bob"), "get", "", "configmaps", "a", "x")).Allowed);
        Assert.Contains("`bob`", policy.Decide(Request(Caller("bob"), "get", "", "configmaps", "a", "x")).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("configmaps", null, "configmaps", true)]
    [InlineData("virtualmachines", "status", "virtualmachines", false)]
    [InlineData("virtualmachines", "status", "virtualmachines/status", true)]
    [InlineData("virtualmachines", "status", "*/status", true)]
    [InlineData("virtualmachines", null, "*/status", false)]
    [InlineData("virtualmachines", "status", "*", true)]
    public void A_subresource_is_a_resource_of_its_own(string resource, string? subresource, string granted, bool allowed)
    {
        var policy = Of([ClusterRole("r", Rule("get", "*", granted))], bindings: [Bind("b", "r", User("alice"))]);

        Assert.Equal(allowed, policy.Decide(Request(Alice, "get", Compute, resource, "a", "x", subresource)).Allowed);
    }

    [Fact]
    public void A_rule_with_names_is_for_those_names_and_for_no_collection()
    {
        var policy = Of([ClusterRole("r", Rule("get,list", "", "configmaps", "one"))], bindings: [Bind("b", "r", User("alice"))]);

        Assert.True(policy.Decide(Request(Alice, "get", "", "configmaps", "a", "one")).Allowed);
        Assert.False(policy.Decide(Request(Alice, "get", "", "configmaps", "a", "two")).Allowed);
        Assert.False(policy.Decide(Request(Alice, "list", "", "configmaps", "a")).Allowed);
    }

    [Fact]
    public void A_role_binding_ends_at_its_project()
    {
        var policy = Of([ClusterRole("edit", Rule("*", "*", "*"), new PolicyRule { Verbs = ["get"], NonResourceURLs = ["*"] })], [Role("a", "own", Rule("get", "", "pods"))],
            roleBindings: [BindIn("a", "b1", "ClusterRole", "edit", GroupOf("team-a")), BindIn("b", "b2", "Role", "own", User("alice"))]);

        Assert.True(policy.Decide(Request(Alice, "delete", Compute, "virtualmachines", "a", "x")).Allowed);
        Assert.False(policy.Decide(Request(Alice, "get", Compute, "virtualmachines", "b", "x")).Allowed);
        Assert.False(policy.Decide(Request(Alice, "list", Compute, "virtualmachines")).Allowed);
        Assert.False(policy.Decide(Path(Alice, "/audit")).Allowed);
        // Binding b2 names a role of project a, which is none of project b.
        Assert.False(policy.Decide(Request(Alice, "get", "", "pods", "b", "x")).Allowed);
        Assert.True(policy.Decide(Request(Alice, "get", "", "namespaces", null, "a")).Allowed);
        Assert.False(policy.Decide(Request(Alice, "get", "", "namespaces", null, "b")).Allowed);
    }

    [Theory]
    [InlineData("/version", true)]
    [InlineData("/version/", false)]
    [InlineData("/apis/x/v1", true)]
    [InlineData("/apis", false)]
    public void Paths_match_whole_or_up_to_a_star(string path, bool allowed)
    {
        var policy = Of([ClusterRole("r", new PolicyRule { Verbs = ["get"], NonResourceURLs = ["/version", "/apis/*"] })], bindings: [Bind("b", "r", User("alice"))]);

        Assert.Equal(allowed, policy.Decide(Path(Alice, path)).Allowed);
        Assert.False(policy.Decide(Path(Alice, path, "post")).Allowed);
    }

    [Fact]
    public void A_service_account_is_meant_by_its_namespace_and_name()
    {
        var account = new Subject { Kind = "ServiceAccount", Name = "robot", Namespace = "a" };
        var policy = Of([ClusterRole("r", Rule("get", "", "pods"))], bindings: [Bind("b", "r", account)]);

        Assert.True(policy.Decide(Request(Caller("system:serviceaccount:a:robot"), "get", "", "pods", "z", "x")).Allowed);
        Assert.False(policy.Decide(Request(Caller("system:serviceaccount:b:robot"), "get", "", "pods", "z", "x")).Allowed);
        Assert.False(policy.Decide(Request(Caller("robot"), "get", "", "pods", "z", "x")).Allowed);
    }

    [Fact]
    public void An_aggregated_role_has_the_rules_of_those_it_selects_and_none_of_its_own()
    {
        var part = ClusterRole("part", Rule("get", "", "pods"));
        part = part with { Metadata = part.Metadata with { Labels = new Dictionary<string, string> { ["to"] = "sum" } } };
        var sum = ClusterRole("sum", Rule("delete", "", "pods")) with
        {
            AggregationRule = new AggregationRule { ClusterRoleSelectors = [new LabelSelector { MatchLabels = new Dictionary<string, string> { ["to"] = "sum" } }] },
        };
        var policy = Of([part, sum], bindings: [Bind("b", "sum", User("alice"))]);

        Assert.True(policy.Decide(Request(Alice, "get", "", "pods", "a", "x")).Allowed);
        Assert.False(policy.Decide(Request(Alice, "delete", "", "pods", "a", "x")).Allowed);
    }

    [Fact]
    public void An_administrator_with_every_wildcard_can_not_approve()
    {
        var everything = ClusterRole("cluster-admin", Rule("*", "*", "*"), new PolicyRule { Verbs = ["*"], NonResourceURLs = ["*"] });
        var policy = Of([everything], bindings: [Bind("b", "cluster-admin", User("alice"))]);

        Assert.True(policy.Decide(Request(Alice, "delete", Compute, "machinetemplates", null, "t")).Allowed);
        Assert.False(policy.Decide(Request(Alice, "approve", Compute, "machinetemplates", null, "t")).Allowed);
    }

    [Fact]
    public void Who_acts_in_anothers_name_can_not_approve()
    {
        var policy = Of([ClusterRole("officer", Rule("approve", Compute, "machinetemplates"))], bindings: [Bind("b", "officer", User("alice"))]);

        Assert.True(policy.Decide(Request(Alice, "approve", Compute, "machinetemplates", null, "t")).Allowed);
        Assert.False(policy.Decide(Request(Alice with { ImpersonatedBy = "mallory" }, "approve", Compute, "machinetemplates", null, "t")).Allowed);
    }

    [Fact]
    public void A_binding_to_a_role_that_does_not_exist_gives_nothing()
    {
        var policy = Of([], bindings: [Bind("b", "missing", User("alice"))]);

        Assert.False(policy.Decide(Request(Alice, "get", "", "pods", "a", "x")).Allowed);
        Assert.Empty(policy.RulesOf(Alice, "a"));
    }

    private static RbacPolicy Of(ClusterRole[] clusterRoles, Role[]? roles = null, ClusterRoleBinding[]? bindings = null, RoleBinding[]? roleBindings = null) =>
        RbacPolicy.Compile(clusterRoles, roles ?? [], bindings ?? [], roleBindings ?? []);
}
