using Rempart.Api.Compute;
using Rempart.Api.Storage;

namespace Rempart.Policy.Machines;

/// <summary>Separation of duties: who had a hand in a template or in its images does not approve it.</summary>
public static class TemplateAuthors
{
    /// <summary>Why a person may not approve a template; null when nothing speaks against it.</summary>
    /// <param name="template">The template.</param>
    /// <param name="images">At least the images that it names.</param>
    /// <param name="approver">Name of the person.</param>
    public static string? Conflict(MachineTemplate template, IReadOnlyCollection<Image> images, string approver)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(images);
        // The server writes the authors with each change. If there are none, something is broken, and then nobody approves.
        if (template.Status?.Authors is not { Count: > 0 } authors) return $"the authors of machine template `{template.Metadata.Name}` are not known";
        if (authors.Contains(approver)) return $"`{approver}` is an author of machine template `{template.Metadata.Name}`; somebody else must approve it";
        foreach (var image in TemplateImages.Of(template.Spec).Select(disk => images.FirstOrDefault(i => i.Metadata.Name == disk.Image)))
        {
            if (image?.Status?.Authors is not { Count: > 0 } hands) return $"the authors of image `{image?.Metadata.Name}` are not known";
            if (hands.Contains(approver)) return $"`{approver}` is an author of image `{image.Metadata.Name}`; somebody else must approve what uses it";
        }

        return null;
    }
}
