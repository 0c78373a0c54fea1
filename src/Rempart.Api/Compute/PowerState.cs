namespace Rempart.Api.Compute;

/// <summary>Values of <see cref="VirtualMachineSpec.PowerState"/>.</summary>
public static class PowerState
{
    /// <summary>The machine should run.</summary>
    public const string Running = "Running";

    /// <summary>The machine should not run.</summary>
    public const string Stopped = "Stopped";
}
