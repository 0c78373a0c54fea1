namespace Rempart.Controllers.Tests.Migration;

/// <summary>What a host has of the machine: the state of a QEMU, which outlives its agent.</summary>
internal enum Copy
{
    None,

    /// <summary>Target: waits for memory and disks.</summary>
    Incoming,

    /// <summary>Target: has everything, and stands still.</summary>
    Loaded,

    /// <summary>Source: stands still for the last of it.</summary>
    Paused,

    /// <summary>Source: has sent everything, and stands still.</summary>
    Sent,

    Running,
}
