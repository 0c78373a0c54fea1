using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Storage;

/// <summary>Rules of Volumes.</summary>
internal sealed class VolumeRules : TypedKindRules<Volume>
{
    protected override void Validate(Volume document, Volume? old, FieldErrors errors)
    {
        var spec = document.Spec;
        errors.ObjectName("spec.pool", spec.Pool);
        errors.Bytes("spec.size", spec.Size, Quantity.Parse("1Mi"), Quantity.Parse("64Ti"), Quantity.Parse("1Mi"));
        errors.ObjectName("spec.source.image", spec.Source?.Image);
        errors.Digest("spec.source.digest", spec.Source?.Digest);
        if (spec.Source is { Digest: not null, Image: null }) errors.Required("spec.source.image", "a digest needs the image that must have it");
        if (spec.Size is null && spec.Source?.Image is null) errors.Required("spec.size", "a blank volume needs a size");
        errors.OneOf("status.phase", document.Status?.Phase, "Pending", "Ready", "Failed");
        errors.ObjectName("status.pool", document.Status?.Pool);
        if (old is null) return;
        errors.Unchanged("spec.pool", spec.Pool, old.Spec.Pool);
        errors.Unchanged("spec.source", spec.Source, old.Spec.Source);
        if (old.Spec.Size is { } before && (spec.Size is not { } size || size.Value < before.Value)) errors.Forbidden("spec.size", "a volume can't shrink");
    }
}
