namespace Rempart.Node.Networks;

/// <summary>A logical port plugged on this host.</summary>
/// <param name="Uid">uid of the NetworkInterface, which is the port's name in OVN.</param>
/// <param name="Tap">the tap interface whose descriptor the machine gets.</param>
/// <param name="NamespacePath">the network namespace that holds the tap.</param>
/// <param name="VnetHeader">how the tap must be opened, see <see cref="Linux.TapDevice.Open"/>.</param>
/// <param name="Installed">OVN has installed the port's flows: traffic passes.</param>
internal sealed record NetworkPort(string Uid, string Tap, string NamespacePath, bool VnetHeader, bool Installed);
