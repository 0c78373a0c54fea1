using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Networking;

/// <summary>Rules of SecurityGroups.</summary>
internal sealed class SecurityGroupRules : TypedKindRules<SecurityGroup>
{
    private const int MostRules = 64;
    private const int MostParts = 16;
    private const int LongestDescription = 256;

    protected override void Validate(SecurityGroup document, SecurityGroup? old, FieldErrors errors)
    {
        Check(errors, "spec.ingress", document.Spec.Ingress);
        Check(errors, "spec.egress", document.Spec.Egress);
    }

    private static void Check(FieldErrors errors, string field, IReadOnlyList<SecurityRule>? rules)
    {
        var all = errors.AtMost(field, rules, MostRules);
        for (var i = 0; i < all.Count; i++)
        {
            var (at, rule) = ($"{field}[{i}]", all[i]);
            errors.NotLonger($"{at}.description", rule.Description, LongestDescription);
            errors.OneOf($"{at}.protocol", rule.Protocol, "TCP", "UDP", "ICMP", "Any");
            if (rule.Ports is { Count: > 0 } && rule.Protocol is not ("TCP" or "UDP")) errors.Forbidden($"{at}.ports", "only protocols `TCP` and `UDP` have ports");
            Ports(errors, $"{at}.ports", rule.Ports);
            Peers(errors, $"{at}.peers", rule.Peers);
        }
    }

    private static void Ports(FieldErrors errors, string field, IReadOnlyList<PortRange>? ports)
    {
        var all = errors.AtMost(field, ports, MostParts);
        for (var i = 0; i < all.Count; i++)
        {
            errors.Between($"{field}[{i}].port", all[i].Port, 1, 65535);
            errors.Between($"{field}[{i}].endPort", all[i].EndPort, 1, 65535);
            if (all[i].EndPort < all[i].Port) errors.Invalid($"{field}[{i}].endPort", all[i].EndPort, "must not be below `port`");
        }
    }

    private static void Peers(FieldErrors errors, string field, IReadOnlyList<SecurityPeer>? peers)
    {
        var all = errors.AtMost(field, peers, MostParts);
        for (var i = 0; i < all.Count; i++)
        {
            errors.Ipv4Range($"{field}[{i}].cidr", all[i].Cidr, 0, 32);
            errors.ObjectName($"{field}[{i}].securityGroup", all[i].SecurityGroup);
            if (all[i].Cidr is null == all[i].SecurityGroup is null) errors.Invalid($"{field}[{i}]", all[i].Cidr, "set exactly one of `cidr` and `securityGroup`");
        }
    }
}
