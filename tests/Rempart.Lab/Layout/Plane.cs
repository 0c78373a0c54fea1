namespace Rempart.Lab.Layout;

/// <summary>The networks between hosts; the number is the third part of their addresses.</summary>
public enum Plane
{
    /// <summary>API, etcd, agents, OVN's databases.</summary>
    Management = 1,

    /// <summary>Memory of machines that move.</summary>
    Migration = 2,

    /// <summary>Disks.</summary>
    Storage = 3,

    /// <summary>Tunnels of the machines' networks.</summary>
    Tenant = 4,
}
