namespace Rempart.Policy.Simulation;

/// <summary>What a cluster is generated from. The same settings give the same cluster.</summary>
public sealed record SimulationSettings
{
    /// <summary>Seed of everything that is drawn by lot, and of choices among equal hosts.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Hosts: 1 to 100,000. Each has 16 processors and 64 GiB, every fourth one twice that.</summary>
    public int Hosts { get; init; } = 100;

    /// <summary>Machines that arrive: 0 to 1,000,000, of 1 to 8 processors and 1 to 32 GiB.</summary>
    public int Machines { get; init; } = 1000;

    /// <summary>Zones that hosts are in.</summary>
    public int Zones { get; init; } = 3;

    /// <summary>Hosts of a rack.</summary>
    public int HostsOfRack { get; init; } = 40;

    /// <summary>Machines of a project on average. Each project has rules: apart by host, by zone, together in a zone, away from some hosts.</summary>
    public int MachinesOfProject { get; init; } = 50;

    /// <summary>Of 100 arrivals, after how many another machine leaves.</summary>
    public int Departures { get; init; } = 10;

    /// <summary>Hosts that fail on the way: their machines are placed again, and half of them come back.</summary>
    public int Failures { get; init; } = 2;
}
