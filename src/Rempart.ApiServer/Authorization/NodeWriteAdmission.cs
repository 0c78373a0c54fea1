using Rempart.Api.Compute;
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
    private const int MostNamed = 5;

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

        if (request is { Operation: AdmissionOperation.Delete, Forced: false } && request.Kind == KindInfo.Of<Node>()) await DemandEmptyAsync(request, cancellationToken);

        // Before the deletion, so that no moment is left in which the node is gone and its certificate still good.
        if (request is { Operation: AdmissionOperation.Delete, DryRun: false } && request.Kind == KindInfo.Of<Node>())
        {
            await CertificateRevocations.RevokeNodeAsync(request.Name, request.Objects, writer(), time, cancellationToken);
            await ReleasePoolsAsync(request, cancellationToken);
            await request.Objects.CatchUpAsync(cancellationToken);
        }
    }

    // A node that goes takes its certificate along: its machines would run on, seen by nobody.
    private static async ValueTask DemandEmptyAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        var bound = (await request.Objects.ListAsync<VirtualMachine>(null, cancellationToken)).Where(machine => machine.Status?.NodeName == request.Name)
            .Select(machine => $"`{machine.Metadata.Namespace}/{machine.Metadata.Name}`").Order(StringComparer.Ordinal).ToList();
        if (bound.Count == 0) return;
        var named = string.Join(", ", bound.Take(MostNamed)) + (bound.Count > MostNamed ? $" and {bound.Count - MostNamed} more" : "");
        throw Failures.Conflict(request.Kind, request.Name,
            $"{bound.Count} machine{(bound.Count == 1 ? " is" : "s are")} bound to it: {named}. Move or delete them first; if the host is gone for good, delete the node with `--force` (kubectl: `--force --grace-period=0`)");
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
