using Rempart.Api.Core;
using Rempart.Runtime;
using Rempart.Runtime.Controllers;

namespace Rempart.Controllers.Events;

/// <summary>Deletes events an hour after they were last seen, as kube-apiserver does by default; the store itself forgets nothing.</summary>
internal sealed class EventExpiryController(ControllerContext context) : IReconciler
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    public static ControllerRegistration Registration { get; } = new(
        new ControllerSpec { Name = "event-expiry", Reads = [ControllerInput.Self<Event>()], Writes = [ControllerOutput.Objects<Event>()] },
        context => new EventExpiryController(context));

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (context.Cache<Event>().Get(key) is not { } told) return ReconcileResult.Done;
        var seen = told.Series?.LastObservedTime?.Value ?? told.LastTimestamp ?? told.EventTime?.Value ?? told.Metadata.CreationTimestamp;
        var left = (seen ?? DateTimeOffset.MinValue) - context.Time.GetUtcNow() + Lifetime;
        // A sender's clock may be ahead; an event still goes an hour after the server took it at the latest, or after it was last patched.
        if (left > Lifetime) left = Lifetime;
        if (left > TimeSpan.Zero) return ReconcileResult.After(left);
        await context.Client.DeleteAsync<Event>(key.Namespace, key.Name, new() { Preconditions = new() { Uid = told.Metadata.Uid } }, cancellationToken);
        return ReconcileResult.Done;
    }
}
