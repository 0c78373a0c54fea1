using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Policy.Networking;

namespace Rempart.ApiServer.Admission;

/// <summary>Who writes a SecurityGroup whose rules name groups that do not exist is told so: such a peer matches nobody.</summary>
internal sealed class PeerWarning : IAdmissionPlugin
{
    public string Name => "PeerWarning";

    public async ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Operation == AdmissionOperation.Delete || request.Subresource is not null || request.Namespace is not { } ns || request.Kind != KindInfo.Of<SecurityGroup>()) return;
        var names = (await request.Objects.ListAsync<SecurityGroup>(ns, cancellationToken)).Select(g => g.Metadata.Name!).ToHashSet(StringComparer.Ordinal);
        if (PeerRules.Problem(request.ObjectAs<SecurityGroup>(), names.Contains) is { } problem) request.Warnings.Add(problem);
    }
}
