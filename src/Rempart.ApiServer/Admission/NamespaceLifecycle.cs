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
        if (Refusal(request.Kind, request.Name, ns, await request.Objects.GetAsync<Namespace>(null, ns, cancellationToken)) is { } refusal) throw refusal;
    }

    /// <summary>Why nothing can be created there; null when something can.</summary>
    /// <param name="kind">Kind of the new object.</param>
    /// <param name="name">Its name.</param>
    /// <param name="ns">Name of the namespace.</param>
    /// <param name="found">The namespace; null when there is none.</param>
    public static ApiException? Refusal(KindInfo kind, string name, string ns, Namespace? found) => found switch
    {
        null => Failures.NotFound(KindInfo.Of<Namespace>(), ns),
        { Metadata.DeletionTimestamp: null } => null,
        _ => Failures.Forbidden(kind, name, $"unable to create new content in namespace {ns} because it is being terminated",
            [new StatusCause { Reason = "NamespaceTerminating", Message = $"namespace {ns} is being terminated", Field = "metadata.namespace" }]),
    };
}
