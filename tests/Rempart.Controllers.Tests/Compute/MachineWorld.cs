using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Storage;

namespace Rempart.Controllers.Tests.Compute;

/// <summary>Objects that stories about machines begin with.</summary>
internal static class MachineWorld
{
    public const string Digest = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

    public static MachineTemplateSpec Template { get; } = new()
    {
        Os = new() { Family = "Linux", Name = "debian", Version = "12" },
        RootDisk = new() { Image = "debian-12", Digest = Digest },
        Boot = new() { Firmware = "Uefi" },
        Classes = ["small"],
    };

    /// <summary>A machine as the server stores it: with what admission took from template and class.</summary>
    public static VirtualMachine Machine(string name, string ns = "p", string memory = "512Mi") => new()
    {
        Metadata = new ObjectMeta { Namespace = ns, Name = name },
        Spec = new() { Template = "debian", Class = "small" },
        Status = new() { Template = Template, Resources = new() { Cpus = 1, Memory = Quantity.Parse(memory) } },
    };

    public static Node Node(string name, DateTimeOffset created, string memory = "4Gi", string cpu = "2") => new()
    {
        Metadata = new ObjectMeta { Name = name, CreationTimestamp = created },
        Status = new()
        {
            Allocatable = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse(cpu), ["memory"] = Quantity.Parse(memory) },
            Conditions = [new() { Type = "Ready", Status = "True" }],
        },
    };

    public static Image Image(params string[] nodes) => new()
    {
        Metadata = new ObjectMeta { Name = "debian-12" },
        Spec = new() { Type = "Disk", Format = "qcow2", Digest = Digest },
        Status = new() { Phase = "Ready", Nodes = nodes, Authors = ["alice"] },
    };
}
