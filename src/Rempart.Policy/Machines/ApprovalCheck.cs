using System.Security.Cryptography;
using Rempart.Api.Compute;
using Rempart.Api.Security;
using Rempart.Api.Storage;

namespace Rempart.Policy.Machines;

/// <summary>
/// Decides whether a template is approved as it is now. An approval holds for one template (UID), one content (digest) and one
/// write of it (generation): a template that was edited and put back was in other hands meanwhile, and its authors are others
/// than those that the approver looked at, so it asks for a new approval. The approver is no author of the template or of its images.
/// </summary>
public static class ApprovalCheck
{
    /// <summary>Decides.</summary>
    /// <param name="template">The template.</param>
    /// <param name="images">At least the images that it names.</param>
    /// <param name="approvals">Approvals; those of other templates are skipped.</param>
    /// <param name="key">Public half of the cluster's approval key.</param>
    public static ApprovalVerdict Evaluate(MachineTemplate template, IReadOnlyCollection<Image> images, IEnumerable<Approval> approvals, ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(approvals);
        var name = template.Metadata.Name;
        if (TemplateImages.Problems(template.Spec, images) is { Count: > 0 } problems) return new ApprovalVerdict(false, "ImageMissing", string.Join("; ", problems));

        var digest = TemplateDigest.Of(template.Spec);
        var refusals = new List<string>();
        foreach (var approval in approvals.Where(a => a.Spec.Template == name && a.Metadata.DeletionTimestamp is null).OrderBy(a => a.Metadata.Name, StringComparer.Ordinal))
        {
            if (Refusal(template, digest, images, approval.Spec, key) is not { } refusal)
                return new ApprovalVerdict(true, "Approved", $"approval `{approval.Metadata.Name}` of `{approval.Spec.Approver}`");
            refusals.Add($"approval `{approval.Metadata.Name}` does not hold: {refusal}");
        }

        return refusals.Count == 0
            ? new ApprovalVerdict(false, "NotApproved", $"machine template `{name}` is not approved; somebody who did not write it and holds the verb `approve` must approve it")
            : new ApprovalVerdict(false, "ApprovalVoid", string.Join("; ", refusals.Take(4)));
    }

    private static string? Refusal(MachineTemplate template, string digest, IReadOnlyCollection<Image> images, ApprovalSpec spec, ECDsa key)
    {
        if (!ApprovalSignature.Verify(spec, key)) return "its signature is not the cluster's";
        if (spec.TemplateUid != template.Metadata.Uid) return "it was given to an earlier template of the same name";
        if (spec.Digest != digest) return "the template was edited since; approve it again";
        if (spec.TemplateGeneration != template.Metadata.Generation) return "the template was edited since and put back; approve it again";
        return spec.Approver is { Length: > 0 } approver ? TemplateAuthors.Conflict(template, images, approver) : "it names no approver";
    }
}
