using System.Text.Json.Nodes;
using Rempart.Protocols.Qmp;

namespace Rempart.Node.Machines;

/// <summary>The commands that add a launch's disks and cards to a QEMU that has not run an instruction yet. Pure; the order is the order in which they depend on each other.</summary>
internal static class MachineDevices
{
    /// <summary>Above those that the command line names for firmware.</summary>
    private const int FirstSet = 16;
    private static readonly string[] Offloads = ["csum", "guest_csum", "gso", "guest_tso4", "guest_tso6", "guest_ufo", "guest_ecn", "host_tso4", "host_tso6", "host_ufo", "host_ecn"];

    internal static IReadOnlyList<QmpCommand> Of(MachineLaunch launch)
    {
        var (port, set) = (QemuCommandLine.FirstFreePort, FirstSet);
        List<QmpCommand> commands = [];
        foreach (var disk in launch.Disks) commands.AddRange(Disk(disk, $"port{port++}", launch.Disks[0] == disk, ref set));
        foreach (var nic in launch.Nics) commands.AddRange(Nic(nic, $"port{port++}"));
        return commands;
    }

    private static List<QmpCommand> Disk(MachineDisk disk, string port, bool first, ref int set)
    {
        List<QmpCommand> commands = [];
        string? below = null;
        for (var index = disk.Layers.Count - 1; index >= 0; index--)
        {
            var (layer, file, node) = (disk.Layers[index], $"{disk.Name}-{index}-file", index == 0 ? disk.Name : $"{disk.Name}-{index}");
            // The set's number is ours, so that what a taken-over QEMU answers names nothing.
            commands.Add(new QmpCommand("add-fd", new() { ["fdset-id"] = set }, [layer.File]));
            commands.Add(Command("blockdev-add", new()
            {
                ["driver"] = "file",
                ["node-name"] = file,
                ["filename"] = $"/dev/fdset/{set++}",
                ["read-only"] = layer.ReadOnly,
                ["discard"] = "unmap",
                // `auto` would silently mean none where QEMU can't lock.
                ["locking"] = "on",
            }));
            var format = new JsonObject { ["driver"] = layer.Format == DiskFormat.Raw ? "raw" : "qcow2", ["node-name"] = node, ["file"] = file, ["read-only"] = layer.ReadOnly };
            // Without `backing`, QEMU would open the name written in the image; the chain is ours to say.
            if (layer.Format == DiskFormat.Qcow2) format["backing"] = below;
            commands.Add(Command("blockdev-add", format));
            below = node;
        }
        commands.Add(Device("virtio-blk-pci", $"disk-{disk.Name}", port, new() { ["drive"] = disk.Name, ["serial"] = disk.Serial, ["bootindex"] = first ? 1 : null }));
        return commands;
    }

    private static IEnumerable<QmpCommand> Nic(MachineNic nic, string port)
    {
        var card = new JsonObject { ["netdev"] = nic.Name, ["mac"] = nic.Mac, ["romfile"] = "" };
        // Nothing behind such a tap finishes a half-done checksum.
        foreach (var offload in nic.VnetHeader ? [] : Offloads) card[offload] = false;
        return
        [
            new QmpCommand("getfd", new() { ["fdname"] = nic.Name }, [nic.Tap]),
            Command("netdev_add", new() { ["type"] = "tap", ["id"] = nic.Name, ["fd"] = nic.Name }),
            Device("virtio-net-pci", $"nic-{nic.Name}", port, card),
        ];
    }

    private static QmpCommand Command(string name, JsonObject arguments) => new(name, arguments, []);

    private static QmpCommand Device(string driver, string id, string bus, JsonObject properties)
    {
        properties["driver"] = driver;
        properties["id"] = id;
        properties["bus"] = bus;
        foreach (var missing in properties.Where(pair => pair.Value is null).Select(pair => pair.Key).ToList()) properties.Remove(missing);
        return Command("device_add", properties);
    }
}
