using Rempart.Node.Workloads;

namespace Rempart.Node.Machines;

/// <summary>What the parts of the machines' driver share.</summary>
/// <param name="Settings">of this instance on this host.</param>
/// <param name="Store">the records.</param>
/// <param name="Runtime">the processes.</param>
/// <param name="Sessions">the monitors.</param>
/// <param name="Changes">who is to be looked at again.</param>
/// <param name="BootId">of the host's present boot: a record of another one describes nothing that still runs.</param>
/// <param name="Time">the clock.</param>
internal sealed record MachineHost(WorkloadSettings Settings, MachineStore Store, OciRuntime Runtime, MachineSessions Sessions, ChangeFeed Changes, string BootId, TimeProvider Time);
