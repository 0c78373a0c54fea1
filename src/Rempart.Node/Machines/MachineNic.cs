using Microsoft.Win32.SafeHandles;

namespace Rempart.Node.Machines;

/// <summary>A virtio-net interface on a tap.</summary>
/// <param name="Name">device id, `[a-z][a-z0-9-]{0,19}`, unique in the machine.</param>
/// <param name="Mac">`aa:bb:cc:dd:ee:ff`.</param>
/// <param name="Tap">from <see cref="Linux.TapDevice.Open"/>.</param>
/// <param name="VnetHeader">whether the tap was opened with the virtio-net header; off on the userspace datapath.</param>
internal sealed record MachineNic(string Name, string Mac, SafeFileHandle Tap, bool VnetHeader);
