using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Placement;

namespace Rempart.ApiServer.Admission;

/// <summary>Bounds the rules of a project: each placement of one of its machines looks at all of them.</summary>
internal sealed class PlacementRuleCount : IAdmissionPlugin
{
    public string Name => "PlacementRuleCount";

    public async ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Operation != AdmissionOperation.Create || request.Namespace is not { } ns || request.Kind != KindInfo.Of<PlacementRule>()) return;
        if ((await request.Objects.ListAsync<PlacementRule>(ns, cancellationToken)).Count >= PlacementRuleBounds.MostRules)
            throw Failures.Forbidden(request.Kind, request.Name, $"namespace `{ns}` has {PlacementRuleBounds.MostRules} placement rules, the most that it may have: delete one, or join several by their selectors");
    }
}
