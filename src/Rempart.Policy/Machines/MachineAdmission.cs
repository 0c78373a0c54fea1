using System.Security.Cryptography;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Security;
using Rempart.Api.Storage;

namespace Rempart.Policy.Machines;

/// <summary>Whether a machine may be made from a template, and what it takes from it. Every wrong field is reported, not the first.</summary>
public static class MachineAdmission
{
    private const int DefaultMost = 8;

    /// <summary>Judges a machine that is to be created.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="template">The template that it names; null when there is none.</param>
    /// <param name="machineClass">The class that it names; null when there is none.</param>
    /// <param name="images">At least the images that the template names.</param>
    /// <param name="approvals">Approvals.</param>
    /// <param name="key">Public half of the cluster's approval key.</param>
    public static MachineVerdict Evaluate(
        VirtualMachine machine, MachineTemplate? template, MachineClass? machineClass, IReadOnlyCollection<Image> images, IEnumerable<Approval> approvals, ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(machine);
        if (template is null) return new MachineVerdict { Causes = [Cause("FieldValueNotFound", "spec.template", $"machine template `{machine.Spec.Template}` does not exist")] };
        var causes = Shape(machine, template.Spec, machineClass).ToList();
        var approval = ApprovalCheck.Evaluate(template, images, approvals, key);
        if (!approval.Approved) causes.Insert(0, Cause("FieldValueForbidden", "spec.template", approval.Message));
        return causes.Count > 0
            ? new MachineVerdict { Causes = causes }
            : new MachineVerdict { Causes = [], TemplateDigest = TemplateDigest.Of(template.Spec), Template = template.Spec, Resources = machineClass!.Spec };
    }

    /// <summary>Judges a change of a machine against the template as it was when the machine was made. An approval that was revoked since does not hold the machine's owner back.</summary>
    /// <param name="before">The machine as stored.</param>
    /// <param name="after">The machine as it would be.</param>
    /// <param name="machineClass">The class that it names; null when there is none.</param>
    public static MachineVerdict EvaluateChange(VirtualMachine before, VirtualMachine after, MachineClass? machineClass)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var causes = new List<StatusCause>();
        if (before.Spec.Template != after.Spec.Template) causes.Add(Cause("FieldValueInvalid", "spec.template", "can't be changed; make a new machine"));
        if (before.Status?.Template is { } template)
        {
            // A class that was taken away later stays with the machines that have it.
            causes.AddRange(Shape(after, template, machineClass).Where(cause => cause.Field != "spec.class" || before.Spec.Class != after.Spec.Class));
        }

        return new MachineVerdict
        {
            Causes = causes,
            TemplateDigest = before.Status?.TemplateDigest,
            Template = before.Status?.Template,
            Resources = before.Spec.Class == after.Spec.Class ? before.Status?.Resources : machineClass?.Spec,
        };
    }

    private static IEnumerable<StatusCause> Shape(VirtualMachine machine, MachineTemplateSpec template, MachineClass? machineClass)
    {
        if (!template.Classes.Contains(machine.Spec.Class))
            yield return Cause("FieldValueNotSupported", "spec.class", $"machine template `{machine.Spec.Template}` does not allow class `{machine.Spec.Class}`, but {string.Join(", ", template.Classes.Select(c => $"`{c}`"))}");
        else if (machineClass is null)
            yield return Cause("FieldValueNotFound", "spec.class", $"machine class `{machine.Spec.Class}` does not exist");
        var volumes = template.Devices?.MaxVolumes ?? DefaultMost;
        if (machine.Spec.Volumes is { } wanted && wanted.Count > volumes)
            yield return Cause("FieldValueForbidden", "spec.volumes", $"machine template `{machine.Spec.Template}` allows at most {volumes} further volumes, not {wanted.Count}");
        var interfaces = template.Devices?.MaxNetworkInterfaces ?? DefaultMost;
        // Left out, the machine gets one interface.
        var count = machine.Spec.NetworkInterfaces?.Count ?? 1;
        if (count > interfaces)
            yield return Cause("FieldValueForbidden", "spec.networkInterfaces", $"machine template `{machine.Spec.Template}` allows at most {interfaces} network interfaces, not {count}");
    }

    private static StatusCause Cause(string reason, string field, string message) => new() { Reason = reason, Field = field, Message = message };
}
