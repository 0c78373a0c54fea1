using System.Net;
using System.Net.NetworkInformation;

namespace Rempart.Node.Profiles;

/// <summary>An address that this host has, and the device that has it.</summary>
/// <param name="Device">name in the kernel.</param>
/// <param name="Address">neither of the loopback nor of the link alone.</param>
internal sealed record DeviceAddress(string Device, IPAddress Address)
{
    private const int Most = 4096;

    /// <summary>All of the network namespace that this runs in, as the kernel has them: an address that was there first comes first.</summary>
    internal static IReadOnlyList<DeviceAddress> All() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces().OrderBy(device => device.Name, StringComparer.Ordinal)
            .SelectMany(device => device.GetIPProperties().UnicastAddresses.Select(own => new DeviceAddress(device.Name, own.Address)))
            .Where(own => !IPAddress.IsLoopback(own.Address) && !own.Address.IsIPv6LinkLocal)
            .Take(Most),
    ];
}
