using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>What machines may be made from: image, boot, devices and classes. Usable once somebody else than its authors approved it.</summary>
[ApiKind("compute.rempart.dev", "v1", "machinetemplates", ClusterScoped = true, ShortNames = ["mt"])]
[PrinterColumn("Os", ".spec.os.name")]
[PrinterColumn("Image", ".spec.rootDisk.image")]
[PrinterColumn("Approved", ".status.conditions[?(@.type==\"Approved\")].status")]
[PrinterColumn("Digest", ".status.digest", Priority = 1)]
public sealed record MachineTemplate : ApiObject
{
    /// <summary>What is approved.</summary>
    public required MachineTemplateSpec Spec { get; init; }

    /// <summary>Authors, digest and approval.</summary>
    public MachineTemplateStatus? Status { get; init; }
}
