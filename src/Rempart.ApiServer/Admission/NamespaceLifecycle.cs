using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Admission;

/// <summary>Nothing is created in a namespace that does not exist or is being deleted, and some namespaces stay.</summary>
internal sealed class NamespaceLifecycle : IAdmissionPlugin
{
    private static readonly string[] Kept = ["default", "kube-system"];

    public string Name => "NamespaceLifecycle";

    public async ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request is { Operation: AdmissionOperation.Delete, Kind: { Kind: "Namespace", Group: "" } } && Kept.Contains(request.Name))
        {
            throw Failures.Forbidden(request.Kind, request.Name, "this namespace may not be deleted");
        }

        if (request.Operation != AdmissionOperation.Create || request.Namespace is not { } ns) return;
        var found = await request.Objects.GetAsync<Namespace>(null, ns, cancellationToken) ?? throw Failures.NotFound(KindInfo.Of<Namespace>(), ns);
        if (found.Metadata.DeletionTimestamp is null) return;
        throw Failures.Forbidden(request.Kind, request.Name, $"unable to create new content in namespace {ns} because it is being terminated",
            [new StatusCause { Reason = "NamespaceTerminating", Message = $"namespace {ns} is being terminated", Field = "metadata.namespace" }]);
    }
}
