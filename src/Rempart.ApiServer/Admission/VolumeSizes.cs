using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Admission;

/// <summary>
/// A volume that is a clone and says no size gets the one that it will have, its image's, so that it can be counted from its first moment
/// on. An image that is not there yet has no size: then the volume has none either, as long as no quota asks for it.
/// </summary>
internal sealed class VolumeSizes : IAdmissionPlugin
{
    private const long Unit = 1024 * 1024;

    public string Name => "VolumeSizes";

    public async ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Kind != KindInfo.Of<Volume>() || request.Subresource is not null || request.Object is not { } document) return;
        if (request.TryObjectAs<Volume>()?.Spec is not { Size: null, Source.Image: { } image }) return;
        var size = request.Operation == AdmissionOperation.Update
            ? request.Old!.As<Volume>().Spec.Size
            : (await request.Objects.GetAsync<Image>(null, image, cancellationToken))?.Status?.VirtualSize is { } bytes ? Quantity.FromBytes((bytes.Units + Unit - 1) / Unit * Unit) : null;
        if (size is { } known) document.Child("spec")["size"] = known.ToString();
    }
}
