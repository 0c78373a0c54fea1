using Rempart.Api.Compute;
using Rempart.Api.Storage;

namespace Rempart.Policy.Machines;

/// <summary>The images that a template names.</summary>
internal static class TemplateImages
{
    public static IEnumerable<TemplateDisk> Of(MachineTemplateSpec spec) => new[] { spec.RootDisk, spec.Boot.Kernel, spec.Boot.Initrd }.OfType<TemplateDisk>();

    /// <summary>Why an image can't be used for a disk; null when it can.</summary>
    public static string? Problem(TemplateDisk disk, IReadOnlyCollection<Image> images)
    {
        if (images.FirstOrDefault(image => image.Metadata.Name == disk.Image) is not { } found) return $"image `{disk.Image}` does not exist";
        return found.Spec.Digest == disk.Digest ? null : $"image `{disk.Image}` has digest `{found.Spec.Digest}`, the template names `{disk.Digest}`";
    }
}
