using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Admission;

/// <summary>
/// A network on a wire is made by whoever may use that wire, which no role of projects allows: what runs there meets machines that are none of the cluster's. One VLAN is one network: two of them
/// would be one wire with two sets of rules.
/// </summary>
/// <param name="authorizer">Asked for the verb <c>use</c> on <c>providernetworks.infra.rempart.dev</c>, by name.</param>
internal sealed class ProviderNetworkUse(IAuthorizer authorizer) : IAdmissionPlugin
{
    public string Name => "ProviderNetworkUse";

    public async ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Kind != KindInfo.Of<Network>() || request.Operation == AdmissionOperation.Delete || request.Subresource is not null) return;
        if (request.TryObjectAs<Network>()?.Spec.Provider is not { } provider || request.Old?.As<Network>().Spec.Provider == provider) return;
        var asked = new AccessRequest { Caller = request.Caller, Verb = "use", Group = "infra.rempart.dev", Resource = "providernetworks", Name = provider.Network };
        if (await authorizer.AuthorizeAsync(asked, cancellationToken) is { Allowed: false } refused)
            throw Failures.Forbidden(request.Kind, request.Name, $"user `{request.Caller.Name}` may not use provider network `{provider.Network}`: {refused.Reason}");
        foreach (var other in await request.Objects.ListAsync<Network>(null, cancellationToken))
        {
            if (other.Spec.Provider == provider && (other.Metadata.Namespace, other.Metadata.Name) != (request.Namespace, request.Name))
                throw Failures.Invalid(request.Kind, request.Name, [new StatusCause { Reason = "FieldValueInvalid", Field = "spec.provider", Message = $"is network `{other.Metadata.Namespace}/{other.Metadata.Name}` already: a VLAN is one network" }]);
        }
    }
}
