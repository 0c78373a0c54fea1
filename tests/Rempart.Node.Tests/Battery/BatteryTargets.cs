namespace Rempart.Node.Tests.Battery;

/// <summary>What is on the host to be reached: all of it there while the battery runs.</summary>
internal sealed record BatteryTargets
{
    // Descriptors of a machine: what the bundle starts with, the session, and what came over it in the order of RunningMachine.
    internal const int Monitor = 3;
    internal const int Kernel = 4;
    internal const int Initrd = 5;
    internal const int Session = 6;
    internal const int Image = 7;
    internal const int Disk = 8;
    internal const int Tap = 9;

    /// <summary>To look at attempts that are not run.</summary>
    internal static BatteryTargets None { get; } = new() { NeighborPid = 0, NeighborFolder = "", Secret = "", Volume = "", OpenSocket = "", AbstractSocket = "", ApiPort = 0, Place = "", PlaceFile = "" };

    /// <summary>Host pid of another machine's QEMU.</summary>
    public required int NeighborPid { get; init; }

    /// <summary>The other machine's folder.</summary>
    public required string NeighborFolder { get; init; }

    /// <summary>A file of the agent's, 0600.</summary>
    public required string Secret { get; init; }

    /// <summary>A volume that is not this machine's.</summary>
    public required string Volume { get; init; }

    /// <summary>A unix socket that listens and lets everyone connect: it stands for those of agent, server, Open vSwitch and OVN.</summary>
    public required string OpenSocket { get; init; }

    /// <summary>The same without a file: its name begins with a zero byte in the kernel.</summary>
    public required string AbstractSocket { get; init; }

    /// <summary>A TCP port on the host's loopback that listens.</summary>
    public required int ApiPort { get; init; }

    /// <summary>A folder to write to: the jail's root, or one that the run outside may fill.</summary>
    public required string Place { get; init; }

    /// <summary>A file there that exists.</summary>
    public required string PlaceFile { get; init; }

    /// <summary>Number of a file that the jail was handed to write to.</summary>
    public int OwnFile { get; init; } = Disk;

    /// <summary>Number of a descriptor that signals can be asked for.</summary>
    public int OwnStream { get; init; } = Session;

    /// <summary>The other fetch, where the battery stands in a fetcher's place.</summary>
    public OtherFetch? Other { get; init; }
}
