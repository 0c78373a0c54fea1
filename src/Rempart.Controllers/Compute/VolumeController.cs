using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Runtime;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Informers;

namespace Rempart.Controllers.Compute;

/// <summary>Holds each volume until its data is gone: adds the finalizer to those that people made, and removes it when no node holds data.</summary>
internal sealed class VolumeController(ControllerContext context) : IReconciler
{
    private readonly ICache<Volume> _volumes = context.Cache<Volume>();
    private readonly ICache<Node> _nodes = context.Cache<Node>();

    public static ControllerRegistration Registration { get; } = new(
        new ControllerSpec
        {
            Name = "volume",
            Reads =
            [
                ControllerInput.Self<Volume>(),
                ControllerInput.Of<Node>((node, caches) => caches.Of<Volume>().List().Where(volume => volume.Metadata.DeletionTimestamp is not null && volume.Status?.NodeName == node.Metadata.Name).Select(ResourceKey.Of)),
            ],
            Writes = [new(KindInfo.Of<Volume>(), "metadata.finalizers")],
        },
        context => new VolumeController(context));

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_volumes.Get(key) is not { } volume) return ReconcileResult.Done;
        var kind = KindInfo.Of<Volume>();
        if (volume.Metadata.DeletionTimestamp is null) await Finalizers.AddAsync(context.Client, kind, volume, VolumeMarks.Finalizer, cancellationToken);
        else if (MayGo(volume)) await Finalizers.RemoveAsync(context.Client, kind, volume, VolumeMarks.Finalizer, cancellationToken);
        return ReconcileResult.Done;
    }

    // Whoever is about to put data into it claims it first, which fails when this was quicker; and this fails when that was.
    private bool MayGo(Volume volume) => volume.Status?.NodeName is not { Length: > 0 } holder || _nodes.Get(new(null, holder)) is null;
}
