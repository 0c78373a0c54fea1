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

/// <summary>Says of each template whether it is approved and whether its images are there, and of each machine whether what it came from is approved still.</summary>
/// <param name="context">What it works with.</param>
/// <param name="approvalKey">Public half of the cluster's approval key.</param>
internal sealed class TemplateController(ControllerContext context, ECDsa approvalKey) : IReconciler
{
    private readonly ICache<MachineTemplate> _templates = context.Cache<MachineTemplate>();
    private readonly ICache<Approval> _approvals = context.Cache<Approval>();
    private readonly ICache<Image> _images = context.Cache<Image>();
    private readonly ICache<VirtualMachine> _machines = context.Cache<VirtualMachine>();

    public static ControllerRegistration Registration(ECDsa approvalKey) => new(
        new ControllerSpec
        {
            Name = "template",
            Reads =
            [
                ControllerInput.Self<MachineTemplate>(),
                ControllerInput.Of<VirtualMachine>((machine, _) => [new(null, machine.Spec.Template)]),
                ControllerInput.Of<Approval>((approval, _) => [new(null, approval.Spec.Template)]),
                ControllerInput.Of<Image>((image, caches) => caches.Of<MachineTemplate>().List()
                    .Where(template => Disks(template.Spec).Any(disk => disk.Image == image.Metadata.Name)).Select(ResourceKey.Of)),
            ],
            Writes = [ControllerOutput.Condition<MachineTemplate>("Approved"), ControllerOutput.Condition<MachineTemplate>("ImagesReady"), ControllerOutput.Condition<VirtualMachine>("TemplateApproved")],
        },
        context =>
        {
            context.Cache<VirtualMachine>().AddIndex(ByTemplate, machine => [machine.Spec.Template]);
            return new TemplateController(context, approvalKey);
        });

    private const string ByTemplate = "template";

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        var template = _templates.Get(key);
        if (template is { Metadata.DeletionTimestamp: null }) await TellAsync(template, cancellationToken);
        foreach (var machine in _machines.ByIndex(ByTemplate, key.Name).Where(machine => machine.Metadata.DeletionTimestamp is null))
        {
            await context.Client.ChangeStatusAsync(machine, current => Mark(current, Origin(current, template, Approval)), cancellationToken);
        }
        return ReconcileResult.Done;
    }

    /// <summary>Whether a machine's template, as the machine took it, is approved now.</summary>
    internal static Verdict Origin(VirtualMachine machine, MachineTemplate? template, Func<MachineTemplate, ApprovalVerdict> approval)
    {
        if (template is null) return new(false, "TemplateGone", $"machine template `{machine.Spec.Template}` does not exist any more");
        if (machine.Status?.TemplateDigest != TemplateDigest.Of(template.Spec)) return new(false, "TemplateChanged", $"machine template `{machine.Spec.Template}` was edited since; this machine keeps what was approved before");
        var verdict = approval(template);
        return new(verdict.Approved, verdict.Reason, verdict.Message);
    }

    private ApprovalVerdict Approval(MachineTemplate template) => ApprovalCheck.Evaluate(template, _images.List(), _approvals.List(), approvalKey);

    private VirtualMachine Mark(VirtualMachine machine, Verdict verdict)
    {
        var status = machine.Status ?? new();
        return machine with
        {
            Status = status with { Conditions = status.Conditions.With("TemplateApproved", verdict.Holds, verdict.Reason, verdict.Message, machine.Metadata.Generation, context.Time.GetUtcNow()) },
        };
    }

    private Task<MachineTemplate?> TellAsync(MachineTemplate template, CancellationToken cancellationToken)
    {
        var now = context.Time.GetUtcNow();
        return context.Client.ChangeStatusAsync(template, current =>
        {
            var approval = Approval(current);
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
