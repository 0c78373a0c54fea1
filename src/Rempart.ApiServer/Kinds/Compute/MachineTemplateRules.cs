using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Compute;

/// <summary>Rules of MachineTemplates. Digest and authors are written by admission.</summary>
internal sealed class MachineTemplateRules : TypedKindRules<MachineTemplate>
{
    private const int MostClasses = 64;
    private const int LongestCommandLine = 1024;

    protected override void Validate(MachineTemplate document, MachineTemplate? old, FieldErrors errors)
    {
        var spec = document.Spec;
        errors.OneOf("spec.os.family", spec.Os.Family, "linux");
        if (spec.Os.Name.Length == 0) errors.Required("spec.os.name");
        Disk(errors, "spec.rootDisk", spec.RootDisk);
        Boot(errors, spec.Boot);
        if (spec.Classes.Count == 0) errors.Required("spec.classes", "name at least one MachineClass");
        var classes = errors.AtMost("spec.classes", spec.Classes, MostClasses);
        for (var i = 0; i < classes.Count; i++)
        {
            errors.ObjectName($"spec.classes[{i}]", classes[i]);
            if (classes.Take(i).Contains(classes[i])) errors.Duplicate($"spec.classes[{i}]", classes[i]);
        }

        errors.Between("spec.devices.maxVolumes", spec.Devices?.MaxVolumes, 0, 8);
        errors.Between("spec.devices.maxNetworkInterfaces", spec.Devices?.MaxNetworkInterfaces, 0, 8);
    }

    private static void Boot(FieldErrors errors, TemplateBoot boot)
    {
        // What no node can boot is not to be approved either; a template from before may still be changed into one that boots.
        if (boot.Firmware == "Uefi") errors.Forbidden("spec.boot.firmware", "no node can boot with firmware `Uefi` yet; use `Direct` with a kernel");
        else errors.OneOf("spec.boot.firmware", boot.Firmware, "Direct");
        if (boot.Kernel is { } kernel) Disk(errors, "spec.boot.kernel", kernel);
        if (boot.Initrd is { } initrd) Disk(errors, "spec.boot.initrd", initrd);
        errors.NotLonger("spec.boot.commandLine", boot.CommandLine, LongestCommandLine);
        if (boot.CommandLine?.Any(char.IsControl) == true) errors.Invalid("spec.boot.commandLine", boot.CommandLine, "must not contain control characters");
        if (boot.Firmware == "Direct" && boot.Kernel is null) errors.Required("spec.boot.kernel", "firmware `Direct` boots a kernel that the template names");
    }

    private static void Disk(FieldErrors errors, string field, TemplateDisk disk)
    {
        errors.ObjectName($"{field}.image", disk.Image);
        errors.Digest($"{field}.digest", disk.Digest);
    }
}
