using System.Text.Json;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.ApiServer.Registry;
using Rules = Rempart.Policy.Networking.NetworkRules;

namespace Rempart.ApiServer.Kinds.Networking;

/// <summary>Rules of SecurityGroups: that names are names, and the policy's.</summary>
internal sealed class SecurityGroupRules : TypedKindRules<SecurityGroup>
{
    private const int MostRules = 64;
    private const int MostParts = 16;
    private const int LongestDescription = 256;

    protected override void Validate(SecurityGroup document, SecurityGroup? old, FieldErrors errors)
    {
        // A group that was taken before a rule came must still be served and deleted: it is judged when its rules change.
        if (old is not null && JsonSerializer.Serialize(document.Spec) == JsonSerializer.Serialize(old.Spec)) return;
        Check(errors, "spec.ingress", document.Spec.Ingress);
        Check(errors, "spec.egress", document.Spec.Egress);
        foreach (var cause in Rules.Validate(document)) errors.Found(cause);
    }

    private static void Check(FieldErrors errors, string field, IReadOnlyList<SecurityRule>? rules)
    {
        foreach (var (i, rule) in (rules ?? []).Take(MostRules).Index())
        {
            var at = $"{field}[{i}]";
            errors.NotLonger($"{at}.description", rule.Description, LongestDescription);
            foreach (var (j, peer) in (rule.Peers ?? []).Take(MostParts).Index()) errors.ObjectName($"{at}.peers[{j}].securityGroup", peer.SecurityGroup);
        }
    }
}
