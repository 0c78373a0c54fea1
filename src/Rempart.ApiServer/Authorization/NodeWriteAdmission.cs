using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.ApiServer.Admission;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Objects;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Authorization;

/// <summary>Holds the bodies of what nodes write to the node graph, and ends the certificates of a node that is deleted.</summary>
/// <param name="authorizer">Knows what nodes have to do with.</param>
/// <param name="writer">Writes the list of revoked certificates.</param>
/// <param name="time">The clock.</param>
internal sealed class NodeWriteAdmission(RequestAuthorizer authorizer, Func<IObjectWriter> writer, TimeProvider time) : IAdmissionPlugin
{
    /// <inheritdoc/>
    public string Name => "NodeWrite";

    /// <inheritdoc/>
    public async ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Caller.NodeName is { } node && request.Object is not null)
        {
            var after = (ApiObject)System.Text.Json.JsonSerializer.Deserialize(request.Object, Api.ApiJson.Lenient.GetTypeInfo(request.Kind.ClrType))!;
            if (NodeAdmission.Refusal(node, request.Old?.As<ApiObject>(), after, authorizer.Nodes) is { } refusal) throw Failures.Forbidden(request.Kind, request.Name, refusal);
        }

        // Before the deletion, so that no moment is left in which the node is gone and its certificate still good.
        if (request is { Operation: AdmissionOperation.Delete, DryRun: false } && request.Kind == KindInfo.Of<Node>())
        {
            await CertificateRevocations.RevokeNodeAsync(request.Name, request.Objects, writer(), time, cancellationToken);
            await ReleasePoolsAsync(request, cancellationToken);
            await request.Objects.CatchUpAsync(cancellationToken);
        }
    }

    // Another node may report them from now on.
    private async ValueTask ReleasePoolsAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        foreach (var pool in await request.Objects.ListAsync<StoragePool>(null, cancellationToken))
        {
            if (pool.Status is { } status && status.NodeName == request.Name) await writer().UpdateAsync(pool with { Status = status with { NodeName = null } }, cancellationToken);
        }
    }
}
