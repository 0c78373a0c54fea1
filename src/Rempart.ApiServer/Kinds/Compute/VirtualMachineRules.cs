using System.Text.Json.Nodes;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Compute;

/// <summary>Rules of VirtualMachines that need no other object; admission sees to the rest.</summary>
internal sealed class VirtualMachineRules : TypedKindRules<VirtualMachine>
{
    private const int MostKeys = 16;
    private const int LongestKey = 16 * 1024;
    private const int LongestUserData = 64 * 1024;
    private const int MostDevices = 8;
    private const int HighestPriority = 1000;
    private static readonly string[] KeyTypes = ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"];

    public override void Default(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec) return;
        spec["powerState"] ??= PowerState.Running;
        spec["restartPolicy"] ??= RestartPolicy.Always;
        spec["stopGracePeriodSeconds"] ??= 90;
    }

    public override void PrepareForCreate(JsonObject document, WriteCall call)
    {
        document.Child("status")["phase"] = MachinePhase.Pending;
        // From its first moment on, so that nothing waits for a controller to add it. Should somebody take it off, the controller puts it back.
        if (document.Metadata()["finalizers"] is not JsonArray finalizers) document.Metadata()["finalizers"] = finalizers = [];
        if (!finalizers.Any(finalizer => finalizer?.GetValue<string>() == MachineMarks.Finalizer)) finalizers.Add(MachineMarks.Finalizer);
    }

    protected override void Validate(VirtualMachine document, VirtualMachine? old, FieldErrors errors)
    {
        var spec = document.Spec;
        errors.ObjectName("spec.template", spec.Template);
        errors.ObjectName("spec.class", spec.Class);
        if (old is not null) errors.Unchanged("spec.template", spec.Template, old.Spec.Template);
        errors.OneOf("spec.powerState", spec.PowerState, PowerState.Running, PowerState.Stopped);
        errors.OneOf("spec.restartPolicy", spec.RestartPolicy, RestartPolicy.Always, RestartPolicy.OnFailure, RestartPolicy.Never);
        errors.Label("spec.hostname", spec.Hostname);
        Keys(errors, spec);
        errors.NotLonger("spec.userData", spec.UserData, LongestUserData);
        errors.Bytes("spec.rootVolumeSize", spec.RootVolumeSize, Quantity.Parse("1Mi"), Quantity.Parse("64Ti"), Quantity.Parse("1Mi"));
        Volumes(errors, document.Metadata.Name ?? "", spec);
        Interfaces(errors, document.Metadata.Name ?? "", spec);
        errors.Between("spec.priority", spec.Priority, -HighestPriority, HighestPriority);
        errors.Between("spec.stopGracePeriodSeconds", spec.StopGracePeriodSeconds, 0, 3600);
        Rempart.ApiServer.Validation.MetadataRules.Labels(spec.NodeSelector, "spec.nodeSelector", errors);
        if (spec.RootVolumeSize is { } size && old?.Spec.RootVolumeSize is { } before && size.Value < before.Value) errors.Forbidden("spec.rootVolumeSize", "a volume can't shrink");
    }

    private static void Keys(FieldErrors errors, VirtualMachineSpec spec)
    {
        var keys = errors.AtMost("spec.sshAuthorizedKeys", spec.SshAuthorizedKeys, MostKeys);
        for (var i = 0; i < keys.Count; i++)
        {
            var (field, parts) = ($"spec.sshAuthorizedKeys[{i}]", keys[i].Split(' '));
            errors.NotLonger(field, keys[i], LongestKey);
            if (keys[i].Any(char.IsControl) || parts.Length < 2 || !KeyTypes.Contains(parts[0]) || !System.Buffers.Text.Base64.IsValid(parts[1]))
            {
                errors.Invalid(field, keys[i], $"must be one line in OpenSSH's format, a type ({string.Join(", ", KeyTypes[..3])}, …) and a key in base64");
            }
        }
    }

    private static void Volumes(FieldErrors errors, string machine, VirtualMachineSpec spec)
    {
        var volumes = errors.AtMost("spec.volumes", spec.Volumes, MostDevices);
        for (var i = 0; i < volumes.Count; i++)
        {
            Inner(errors, $"spec.volumes[{i}].name", machine, volumes[i].Name, [.. volumes.Take(i).Select(v => v.Name), "root"]);
            errors.Bytes($"spec.volumes[{i}].size", volumes[i].Size, Quantity.Parse("1Mi"), Quantity.Parse("64Ti"), Quantity.Parse("1Mi"));
            errors.ObjectName($"spec.volumes[{i}].pool", volumes[i].Pool);
        }
    }

    private static void Interfaces(FieldErrors errors, string machine, VirtualMachineSpec spec)
    {
        var interfaces = errors.AtMost("spec.networkInterfaces", spec.NetworkInterfaces, MostDevices);
        for (var i = 0; i < interfaces.Count; i++)
        {
            var field = $"spec.networkInterfaces[{i}]";
            Inner(errors, $"{field}.name", machine, interfaces[i].Name, [.. interfaces.Take(i).Select(v => v.Name)]);
            errors.ObjectName($"{field}.network", interfaces[i].Network);
            errors.Mac($"{field}.mac", interfaces[i].Mac);
            errors.Ipv4($"{field}.address", interfaces[i].Address);
            var groups = errors.AtMost($"{field}.securityGroups", interfaces[i].SecurityGroups, 16);
            for (var j = 0; j < groups.Count; j++) errors.ObjectName($"{field}.securityGroups[{j}]", groups[j]);
        }
    }

    /// <summary>The object made for a part is named after machine and part, which must together be a name.</summary>
    private static void Inner(FieldErrors errors, string field, string machine, string name, IReadOnlyList<string> taken)
    {
        errors.Label(field, name);
        if (taken.Contains(name)) errors.Duplicate(field, name);
        if (machine.Length + 1 + name.Length > 63) errors.Invalid(field, name, $"with the machine's name `{machine}` it is longer than 63 characters");
    }
}
