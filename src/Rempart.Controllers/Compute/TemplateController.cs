using System.Security.Cryptography;
using Rempart.Api.Compute;
using Rempart.Api.Security;
using Rempart.Api.Storage;
using Rempart.Policy.Machines;
using Rempart.Runtime;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Informers;

namespace Rempart.Controllers.Compute;

/// <summary>Says of each template whether it is approved and whether its images are there.</summary>
/// <param name="context">What it works with.</param>
/// <param name="approvalKey">Public half of the cluster's approval key.</param>
internal sealed class TemplateController(ControllerContext context, ECDsa approvalKey) : IReconciler
{
    private readonly ICache<MachineTemplate> _templates = context.Cache<MachineTemplate>();
    private readonly ICache<Approval> _approvals = context.Cache<Approval>();
    private readonly ICache<Image> _images = context.Cache<Image>();

    public static ControllerRegistration Registration(ECDsa approvalKey) => new(
        new ControllerSpec
        {
            Name = "template",
            Reads =
            [
                ControllerInput.Self<MachineTemplate>(),
                ControllerInput.Of<Approval>((approval, _) => [new(null, approval.Spec.Template)]),
                ControllerInput.Of<Image>((image, caches) => caches.Of<MachineTemplate>().List()
                    .Where(template => Disks(template.Spec).Any(disk => disk.Image == image.Metadata.Name)).Select(ResourceKey.Of)),
            ],
            Writes = [ControllerOutput.Condition<MachineTemplate>("Approved"), ControllerOutput.Condition<MachineTemplate>("ImagesReady")],
        },
        context => new TemplateController(context, approvalKey));

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_templates.Get(key) is not { Metadata.DeletionTimestamp: null } template) return ReconcileResult.Done;
        var now = context.Time.GetUtcNow();
        await context.Client.ChangeStatusAsync(template, current =>
        {
            var approval = ApprovalCheck.Evaluate(current, _images.List(), _approvals.List(), approvalKey);
            var images = Images(current.Spec, name => _images.Get(new(null, name)));
            var status = current.Status ?? new();
            return current with
            {
                Status = status with
                {
                    Conditions = status.Conditions
                        .With("Approved", approval.Approved, approval.Reason, approval.Message, current.Metadata.Generation, now)
                        .With("ImagesReady", images.Holds, images.Reason, images.Message, current.Metadata.Generation, now),
                },
            };
        }, cancellationToken);
        return ReconcileResult.Done;
    }

    internal static Verdict Images(MachineTemplateSpec spec, Func<string, Image?> find)
    {
        foreach (var disk in Disks(spec))
        {
            if (find(disk.Image) is not { } image) return new(false, "ImageMissing", $"image `{disk.Image}` does not exist");
            if (image.Spec.Digest != disk.Digest) return new(false, "DigestDiffers", $"image `{disk.Image}` has another digest than the template names");
            if (image.Status?.Phase != "Ready") return new(false, "ImageNotReady", $"image `{disk.Image}` is {image.Status?.Phase ?? "Pending"}");
        }
        return new(true, "Ready", "all images are there");
    }

    private static IEnumerable<TemplateDisk> Disks(MachineTemplateSpec spec) => new[] { spec.RootDisk, spec.Boot.Kernel, spec.Boot.Initrd }.OfType<TemplateDisk>();
}
