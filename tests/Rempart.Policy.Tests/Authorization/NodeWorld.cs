using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Api.Storage;
using Rempart.Policy.Authorization;

namespace Rempart.Policy.Tests.Authorization;

/// <summary>Machines on hosts, with what they refer to.</summary>
internal static class NodeWorld
{
    public static NodeRelations TwoHosts()
    {
        var relations = new NodeRelations(TimeProvider.System);
        Add(relations, "a", "vm1", "host1", "image1");
        Add(relations, "b", "vm2", "host2", "image2");
        return relations;
    }

    public static void Add(NodeRelations relations, string ns, string machine, string? node, string image)
    {
        relations.Put(Machine(ns, machine, node, image));
        relations.Put(Volume(ns, $"{machine}-root", null));
        relations.Put(Interface(ns, $"{machine}-eth0"));
    }

    public static VirtualMachine Machine(string ns, string name, string? node, string image) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = ns, Uid = $"uid-{ns}-{name}" },
        Spec = new VirtualMachineSpec { Template = "t", Class = "small" },
        Status = new VirtualMachineStatus
        {
            NodeName = node,
            Volumes = [new MachineAttachment { Name = "root", ObjectName = $"{name}-root" }],
            NetworkInterfaces = [new MachineAttachment { Name = "eth0", ObjectName = $"{name}-eth0" }],
            Template = new MachineTemplateSpec
            {
                Os = new GuestOs { Family = "linux", Name = "debian" },
                RootDisk = new TemplateDisk { Image = image, Digest = "sha256:0" },
                Boot = new TemplateBoot { Firmware = "Direct", Kernel = new TemplateDisk { Image = "kernel", Digest = "sha256:1" } },
                Classes = ["small"],
            },
        },
    };

    public static Volume Volume(string ns, string name, string? node) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = ns },
        Spec = new VolumeSpec(),
        Status = node is null ? null : new VolumeStatus { NodeName = node },
    };

    public static NetworkInterface Interface(string ns, string name) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = ns },
        Spec = new NetworkInterfaceSpec { Network = "default" },
    };
}
