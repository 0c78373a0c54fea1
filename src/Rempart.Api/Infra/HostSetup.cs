namespace Rempart.Api.Infra;

/// <summary>How a host is set up: what carries the planes, which devices are bonded, where pools lie, which physical networks there are.</summary>
public abstract record HostSetup
{
    /// <summary>Devices that are used as one; 8 at most.</summary>
    public IReadOnlyList<HostBond>? Bonds { get; init; }

    /// <summary>Where the host's addresses on the planes are found; each plane once.</summary>
    public IReadOnlyList<ProfilePlane>? Planes { get; init; }

    /// <summary>Folders of storage pools; 16 at most.</summary>
    public IReadOnlyList<ProfilePool>? Pools { get; init; }

    /// <summary>Physical networks; 16 at most.</summary>
    public IReadOnlyList<ProviderNetwork>? ProviderNetworks { get; init; }
}
