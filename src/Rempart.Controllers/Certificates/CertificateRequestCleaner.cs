using Rempart.Api.Certificates;
using Rempart.Runtime;
using Rempart.Runtime.Controllers;

namespace Rempart.Controllers.Certificates;

/// <summary>
/// Removes certificate requests that are done, with the times of kube-controller-manager's csrcleaner: decided ones (approved, denied,
/// failed) after an hour, undecided ones after a day.
/// </summary>
internal sealed class CertificateRequestCleaner(ControllerContext context) : IReconciler
{
    private static readonly TimeSpan Decided = TimeSpan.FromHours(1);
    private static readonly TimeSpan Undecided = TimeSpan.FromHours(24);

    public static ControllerRegistration Registration { get; } = new(
        new ControllerSpec { Name = "csr", Reads = [ControllerInput.Self<CertificateSigningRequest>()], Writes = [ControllerOutput.Objects<CertificateSigningRequest>()] },
        context => new CertificateRequestCleaner(context));

    /// <summary>When a request is to be removed.</summary>
    public static DateTimeOffset Due(CertificateSigningRequest request)
    {
        var created = request.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue;
        var decisions = (request.Status?.Conditions ?? []).Where(c => c.Type is "Approved" or "Denied" or "Failed").ToList();

        // A condition without a time is as old as its request: what nobody dates must not stay for ever.
        return decisions.Count == 0 ? created + Undecided : decisions.Max(c => c.LastUpdateTime ?? c.LastTransitionTime ?? created) + Decided;
    }

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (context.Cache<CertificateSigningRequest>().Get(key) is not { } request) return ReconcileResult.Done;
        var left = Due(request) - context.Time.GetUtcNow();
        if (left > TimeSpan.Zero) return ReconcileResult.After(left);
        await context.Client.DeleteAsync<CertificateSigningRequest>(null, key.Name, new() { Preconditions = new() { Uid = request.Metadata.Uid } }, cancellationToken);
        return ReconcileResult.Done;
    }
}
