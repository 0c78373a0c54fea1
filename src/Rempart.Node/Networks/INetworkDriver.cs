namespace Rempart.Node.Networks;

/// <summary>
/// Plugs logical ports on this host. Each member may be repeated, and after a failure must be: what is half done is then
/// finished or taken away. A port stays plugged until it is unplugged, whatever becomes of the agent.
/// </summary>
internal interface INetworkDriver
{
    /// <summary>Makes the tap and joins it to the switch. It does not wait for OVN.</summary>
    /// <param name="uid">uid of the NetworkInterface.</param>
    /// <param name="mtu">largest packet in bytes.</param>
    /// <param name="cancellation">gives up; repeat later.</param>
    /// <exception cref="NetworkSetupException">the switch or the kernel refused it.</exception>
    Task<NetworkPort> BindAsync(string uid, int mtu, CancellationToken cancellation);

    /// <summary>Waits until OVN has installed the port's flows.</summary>
    /// <exception cref="TimeoutException">it has not within <paramref name="timeout"/>: the port may not exist in OVN yet.</exception>
    Task<NetworkPort> WaitInstalledAsync(string uid, TimeSpan timeout, CancellationToken cancellation);

    /// <summary>Takes the port from the switch and removes the tap. An unknown port is no error.</summary>
    Task UnbindAsync(string uid, CancellationToken cancellation);

    /// <summary>The ports plugged by this driver, after a restart of the agent too.</summary>
    Task<IReadOnlyList<NetworkPort>> ListAsync(CancellationToken cancellation);
}
