using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Admission;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Authorization;

/// <summary>
/// Some Secrets and ConfigMaps decide who is let in: bootstrap tokens and the list of revoked certificates. Only the server writes
/// them (its own writes are not admitted again), because a right to write Secrets must not be a right to become any node. Tokens can
/// be deleted: that lets nobody in. The list can't: that would.
/// </summary>
internal sealed class ServerObjectsAdmission : IAdmissionPlugin
{
    private static readonly string TokenNames = StoredBootstrapToken.NameOf("");

    /// <inheritdoc/>
    public string Name => "ServerObjects";

    /// <inheritdoc/>
    public ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Namespace != StoredBootstrapToken.Namespace) return ValueTask.CompletedTask;
        if (request.Kind == KindInfo.Of<ConfigMap>() && request.Name == CertificateRevocations.Name)
            throw Failures.Forbidden(request.Kind, request.Name, "only the server writes the list of revoked certificates; delete a Node to end its certificates");
        if (request.Kind == KindInfo.Of<Secret>() && request.Operation != AdmissionOperation.Delete && IsToken(request))
            throw Failures.Forbidden(request.Kind, request.Name, "only the server writes bootstrap tokens; have it make one");
        return ValueTask.CompletedTask;
    }

    private static bool IsToken(AdmissionRequest request) =>
        request.Name.StartsWith(TokenNames, StringComparison.Ordinal)
        || request.ObjectAs<Secret>().Type == StoredBootstrapToken.Type
        || request.Old?.As<Secret>().Type == StoredBootstrapToken.Type;
}
