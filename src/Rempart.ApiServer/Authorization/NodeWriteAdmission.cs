using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.ApiServer.Admission;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Objects;
using Rempart.ApiServer.Placement;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Authorization;
using Rempart.Policy.Hosts;

namespace Rempart.ApiServer.Authorization;

/// <summary>Holds the bodies of what nodes write to the node graph, and ends the certificates of a node that is deleted.</summary>
/// <param name="authorizer">Knows what nodes have to do with.</param>
/// <param name="cache">The objects, as of the look that the commit depends on.</param>
/// <param name="claims">What hosts are taken by.</param>
/// <param name="writer">Lets go of storage pools.</param>
/// <param name="time">The clock.</param>
internal sealed class NodeWriteAdmission(RequestAuthorizer authorizer, ObjectCache cache, HostClaims claims, Func<IObjectWriter> writer, TimeProvider time) : IAdmissionPlugin
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
            if (after is Node told && PlaneClaims.Refusal(request.Old?.As<Node>().Status?.Addresses, told.Status?.Addresses, request.Objects.Find<Host>(null, node)?.Spec) is { } outside) throw Failures.Forbidden(request.Kind, request.Name, outside);
        }

        if (request.Operation != AdmissionOperation.Delete || request.Kind != KindInfo.Of<Node>()) return;
        // INVARIANT: taken before the look at what is on the host, and written with the deletion: what comes in between makes one of both commits fail.
        var close = await claims.CloseAsync(request.Name, cancellationToken);
        if (!request.Forced) await DemandEmptyAsync(request, cancellationToken);
        if (request.DryRun) return;
        // In one commit with the deletion: no moment is left in which the node is gone and its certificate still good, and a deletion that is refused after all cuts nobody off.
        request.Together.Add(close);
        request.Together.Add(await CertificateRevocations.NodeRevocationAsync(request.Name, cache, writer(), time.GetUtcNow(), cancellationToken));
        await ReleasePoolsAsync(request, cancellationToken);
    }

    // A node that goes takes its certificate along: its machines would run on, seen by nobody.
    private static async ValueTask DemandEmptyAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        var bound = (await request.Objects.ListAsync<VirtualMachine>(null, cancellationToken)).Where(machine => machine.Status?.NodeName == request.Name)
            .Select(machine => $"`{machine.Metadata.Namespace}/{machine.Metadata.Name}`").Order(StringComparer.Ordinal).ToList();
        if (bound.Count > 0)
        {
            throw Failures.Conflict(request.Kind, request.Name,
                $"{bound.Count} machine{(bound.Count == 1 ? " is" : "s are")} bound to it: {Named(bound)}. Move or delete them first; if the host is gone for good, delete the node with `--force` (kubectl: `--force --grace-period=0`)");
        }

        var coming = (await request.Objects.ListAsync<MachineMigration>(null, cancellationToken)).Where(move => move.Status?.TargetNode == request.Name && !MigrationPhase.IsEnded(move.Status.Phase))
            .Select(move => $"`{move.Metadata.Namespace}/{move.Spec.Machine}`").Order(StringComparer.Ordinal).ToList();
        if (coming.Count == 0) return;
        throw Failures.Conflict(request.Kind, request.Name,
            $"{coming.Count} machine{(coming.Count == 1 ? " is" : "s are")} being moved to it: {Named(coming)}. Wait for the moves or cancel them first (`rempart migrate MACHINE --cancel`)");
    }

    private static string Named(List<string> machines) => string.Join(", ", machines.Take(MostNamed)) + (machines.Count > MostNamed ? $" and {machines.Count - MostNamed} more" : "");

    // Another node may report them from now on.
    private async ValueTask ReleasePoolsAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        foreach (var pool in await request.Objects.ListAsync<StoragePool>(null, cancellationToken))
        {
            if (pool.Status is { } status && status.NodeName == request.Name) await writer().UpdateAsync(pool with { Status = status with { NodeName = null } }, cancellationToken);
        }
    }
}
