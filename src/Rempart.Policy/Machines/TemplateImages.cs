using Rempart.Api.Compute;
using Rempart.Api.Storage;

namespace Rempart.Policy.Machines;

/// <summary>The images that a template names.</summary>
public static class TemplateImages
{
    /// <summary>Root disk, kernel and initial RAM disk, as far as the template has them.</summary>
    /// <param name="spec">The template's spec.</param>
    public static IEnumerable<TemplateDisk> Of(MachineTemplateSpec spec) =>
        spec is null ? throw new ArgumentNullException(nameof(spec)) : new[] { spec.RootDisk, spec.Boot.Kernel, spec.Boot.Initrd }.OfType<TemplateDisk>();

    /// <summary>Why images can't be used for the disks that name them; empty when all can.</summary>
    /// <param name="spec">The template's spec.</param>
    /// <param name="images">At least the images that it names.</param>
    public static IReadOnlyList<string> Problems(MachineTemplateSpec spec, IReadOnlyCollection<Image> images) => [.. Of(spec).Select(disk => Problem(disk, images)).OfType<string>()];

    private static string? Problem(TemplateDisk disk, IReadOnlyCollection<Image> images)
    {
        if (images.FirstOrDefault(image => image.Metadata.Name == disk.Image) is not { } found) return $"image `{disk.Image}` does not exist";
        return found.Spec.Digest == disk.Digest ? null : $"image `{disk.Image}` has digest `{found.Spec.Digest}`, the template names `{disk.Digest}`";
    }
}
