using Rempart.Api.Meta;
using Rempart.Api.Rbac;
using Rempart.Policy.Authorization;
using static Rempart.Policy.Tests.Authorization.Rbac;

namespace Rempart.Policy.Tests.Authorization;

/// <summary>Alice administers everything, Olga approves, Tom runs project <c>a</c>.</summary>
public sealed class RoleEscalationTests
{
    private static readonly ClusterRole Admin = ClusterRole("cluster-admin", Rule("*", "*", "*"), new PolicyRule { Verbs = ["*"], NonResourceURLs = ["*"] });
    private static readonly ClusterRole Officer = ClusterRole("officer", Rule("approve", Compute, "machinetemplates"), Rule("create", Group, "clusterrolebindings"));
    private static readonly ClusterRole Edit = ClusterRole("edit", Rule("get,list,create", Compute, "virtualmachines,virtualmachines/console"), Rule("create", Group, "roles,rolebindings"));

    private static readonly RbacPolicy Policy = RbacPolicy.Compile([Admin, Officer, Edit], [],
        [Bind("admins", "cluster-admin", User("alice")), Bind("officers", "officer", User("olga"))], [BindIn("a", "team", "ClusterRole", "edit", User("tom"))]);

    [Fact]
    public void One_gives_what_one_has_where_one_has_it()
    {
        Assert.True(RoleEscalation.Judge(Policy, Caller("tom"), Role("a", "r", Rule("get", Compute, "virtualmachines")), null).Allowed);
        Assert.True(RoleEscalation.Judge(Policy, Caller("tom"), Role("a", "r", Rule("get", Compute, "virtualmachines", "one")), null).Allowed);
        Assert.True(RoleEscalation.JudgeBinding(Policy, Caller("tom"), Ref("ClusterRole", "edit"), "a").Allowed);
    }

    [Theory]
    [InlineData("delete", "compute.rempart.dev", "virtualmachines")]
    [InlineData("get", "", "secrets")]
    [InlineData("get", "*", "virtualmachines")]
    [InlineData("*", "compute.rempart.dev", "virtualmachines")]
    [InlineData("get", "compute.rempart.dev", "*")]
    public void One_can_not_give_more(string verb, string group, string resource)
    {
        var decision = RoleEscalation.Judge(Policy, Caller("tom"), Role("a", "r", Rule(verb, group, resource)), null);

        Assert.False(decision.Allowed);
        Assert.Contains($"`{verb}`", decision.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void One_can_not_give_elsewhere()
    {
        Assert.False(RoleEscalation.Judge(Policy, Caller("tom"), Role("b", "r", Rule("get", Compute, "virtualmachines")), null).Allowed);
        Assert.False(RoleEscalation.JudgeBinding(Policy, Caller("tom"), Ref("ClusterRole", "edit"), null).Allowed);
        Assert.False(RoleEscalation.JudgeBinding(Policy, Caller("tom"), Ref("ClusterRole", "cluster-admin"), "a").Allowed);
    }

    [Fact]
    public void An_administrator_makes_any_role_but_one_that_approves()
    {
        Assert.True(RoleEscalation.Judge(Policy, Caller("alice"), ClusterRole("r", Rule("get", "*", "*"), Rule("*", "x", "*")), null).Allowed);
        Assert.False(RoleEscalation.Judge(Policy, Caller("alice"), ClusterRole("r", Rule("approve", Compute, "machinetemplates")), null).Allowed);
        Assert.False(RoleEscalation.Judge(Policy, Caller("alice"), ClusterRole("r", Rule("get,approve,list", "*", "*")), ClusterRole("r")).Allowed);
    }

    [Fact]
    public void An_administrator_can_not_make_approvers_of_others_or_of_themselves()
    {
        Assert.False(RoleEscalation.JudgeBinding(Policy, Caller("alice"), Ref("ClusterRole", "officer"), null).Allowed);
        Assert.True(RoleEscalation.JudgeBinding(Policy, Caller("olga"), Ref("ClusterRole", "officer"), null).Allowed);
    }

    [Fact]
    public void Explicit_escalate_and_bind_do_not_reach_approvals_either()
    {
        var lifted = ClusterRole("lifted", Rule("escalate,bind", Group, "clusterroles"));
        var policy = RbacPolicy.Compile([Officer, lifted], [], [Bind("b", "lifted", User("mallory"))], []);

        Assert.True(RoleEscalation.Judge(policy, Caller("mallory"), ClusterRole("r", Rule("*", "*", "*")), null).Allowed);
        Assert.False(RoleEscalation.JudgeBinding(policy, Caller("mallory"), Ref("ClusterRole", "officer"), null).Allowed);
        Assert.False(RoleEscalation.Judge(policy, Caller("mallory"), ClusterRole("r", Rule("approve", "*", "*")), null).Allowed);
    }

    [Fact]
    public void A_binding_to_a_role_that_does_not_exist_is_refused()
    {
        Assert.False(RoleEscalation.JudgeBinding(Policy, Caller("alice"), Ref("ClusterRole", "later"), null).Allowed);
    }

    [Fact]
    public void An_aggregated_role_asks_for_everything_and_for_what_it_gathers()
    {
        var selects = new AggregationRule { ClusterRoleSelectors = [new LabelSelector { MatchLabels = new Dictionary<string, string> { ["to"] = "sum" } }] };
        var labelled = Officer with { Metadata = Officer.Metadata with { Labels = new Dictionary<string, string> { ["to"] = "sum" } } };
        var policy = RbacPolicy.Compile([Admin, labelled, Edit], [], [Bind("admins", "cluster-admin", User("alice"))], [BindIn("a", "team", "ClusterRole", "edit", User("tom"))]);

        Assert.False(RoleEscalation.Judge(policy, Caller("tom"), ClusterRole("sum") with { AggregationRule = selects }, null).Allowed);
        Assert.False(RoleEscalation.Judge(policy, Caller("alice"), ClusterRole("sum") with { AggregationRule = selects }, null).Allowed);
        Assert.True(RoleEscalation.Judge(Policy, Caller("alice"), ClusterRole("sum") with { AggregationRule = selects }, null).Allowed);
    }

    [Fact]
    public void A_label_does_not_lend_approvals_to_an_aggregated_role()
    {
        var labelled = Officer with { Metadata = Officer.Metadata with { Labels = new Dictionary<string, string> { ["to"] = "sum" } } };

        Assert.False(RoleEscalation.Judge(Policy, Caller("alice"), labelled, Officer).Allowed);
        Assert.True(RoleEscalation.Judge(Policy, Caller("alice"), Officer, Officer).Allowed);
        Assert.True(RoleEscalation.Judge(Policy, Caller("olga"), labelled, Officer).Allowed);
        Assert.True(RoleEscalation.Judge(Policy, Caller("alice"), Edit with { Metadata = labelled.Metadata with { Name = "edit" } }, Edit).Allowed);
    }

    [Fact]
    public void A_role_that_stays_as_it_is_may_be_written_by_whoever_may_write_roles()
    {
        var role = Role("a", "strong", Rule("*", "*", "*"));

        Assert.True(RoleEscalation.Judge(Policy, Caller("tom"), role with { Metadata = role.Metadata with { Labels = new Dictionary<string, string> { ["x"] = "y" } } }, role).Allowed);
    }
}
