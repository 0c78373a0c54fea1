using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.ApiServer.Admission;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Authorization;

/// <summary>
/// Some objects decide who is let in. The list of revoked certificates is the server's alone (its own writes are not admitted again). A
/// token is made by whoever may make NodeTokens, for a node that they name, and never changed: what it was used for is the server's to say.
/// </summary>
internal sealed class ServerObjectsAdmission : IAdmissionPlugin
{
    /// <inheritdoc/>
    public string Name => "ServerObjects";

    /// <inheritdoc/>
    public ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Kind == KindInfo.Of<ConfigMap>() && request.Namespace == CertificateRevocations.Namespace && request.Name == CertificateRevocations.Name)
            throw Failures.Forbidden(request.Kind, request.Name, "only the server writes the list of revoked certificates; delete a Node to end its certificates");
        if (request.Kind != KindInfo.Of<NodeToken>()) return ValueTask.CompletedTask;
        if (request.Operation == AdmissionOperation.Update) throw Failures.Forbidden(request.Kind, request.Name, "only the server changes tokens; delete it and make a new one");
        if (request.Operation == AdmissionOperation.Create && request.ObjectAs<NodeToken>().Spec.Node is not { Length: > 0 })
            throw Failures.Invalid(request.Kind, request.Name, [new StatusCause { Reason = "FieldValueRequired", Field = "spec.node", Message = "Required value: a token is for one node" }]);
        return ValueTask.CompletedTask;
    }
}
