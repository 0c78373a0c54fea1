using System.Security.Cryptography;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Security;
using Rempart.Api.Storage;
using Rempart.Policy.Machines;

namespace Rempart.Policy.Tests.Machines;

/// <summary>A template that Alice wrote, from an image that Ivan uploaded, and what Olga says of it.</summary>
internal static class Templates
{
    public const string Digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    public static MachineTemplate Template(params string[] authors) => new()
    {
        Metadata = new ObjectMeta { Name = "debian", Uid = "uid-1", Generation = 1 },
        Spec = new MachineTemplateSpec
        {
            Os = new GuestOs { Family = "linux", Name = "debian", Version = "12" },
            RootDisk = new TemplateDisk { Image = "debian-root", Digest = Digest },
            Boot = new TemplateBoot { Firmware = "Uefi" },
            Classes = ["small", "large"],
            Devices = new TemplateDevices { MaxVolumes = 1, MaxNetworkInterfaces = 1 },
        },
        Status = new MachineTemplateStatus { Authors = authors.Length == 0 ? ["alice"] : authors },
    };

    public static Image Image(params string[] authors) => new()
    {
        Metadata = new ObjectMeta { Name = "debian-root" },
        Spec = new ImageSpec { Type = "Disk", Format = "qcow2", Digest = Digest },
        Status = new ImageStatus { Authors = authors.Length == 0 ? ["ivan"] : authors },
    };

    public static Approval Approve(MachineTemplate template, string approver, ECDsa key)
    {
        var spec = new ApprovalSpec
        {
            Template = template.Metadata.Name!,
            TemplateUid = template.Metadata.Uid!,
            TemplateGeneration = template.Metadata.Generation,
            Digest = TemplateDigest.Of(template.Spec),
            Approver = approver,
        };
        return new Approval { Metadata = new ObjectMeta { Name = $"by-{approver}" }, Spec = spec with { Signature = ApprovalSignature.Sign(spec, key) } };
    }

    /// <summary>The template after somebody changed its spec, as the server stores it.</summary>
    public static MachineTemplate Edit(MachineTemplate template, string author, Func<MachineTemplateSpec, MachineTemplateSpec> change) => template with
    {
        Spec = change(template.Spec),
        Metadata = template.Metadata with { Generation = template.Metadata.Generation + 1 },
        Status = template.Status! with { Authors = [.. template.Status.Authors!.Append(author).Distinct()] },
    };

    public static VirtualMachine Machine(string machineClass = "small", int volumes = 0, int? interfaces = null) => new()
    {
        Metadata = new ObjectMeta { Name = "vm", Namespace = "a" },
        Spec = new VirtualMachineSpec
        {
            Template = "debian",
            Class = machineClass,
            Volumes = volumes == 0 ? null : [.. Enumerable.Range(0, volumes).Select(i => new MachineVolume { Name = $"v{i}", Size = Quantity.Parse("1Gi") })],
            NetworkInterfaces = interfaces is { } count ? [.. Enumerable.Range(0, count).Select(i => new MachineInterface { Name = $"eth{i}" })] : null,
        },
    };

    public static MachineClass Class(string name) => new() { Metadata = new ObjectMeta { Name = name }, Spec = new MachineClassSpec { Cpus = 1, Memory = Quantity.Parse("512Mi") } };
}
