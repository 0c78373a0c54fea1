using System.Runtime.InteropServices;

namespace Rempart.Policy.Simulation;

/// <summary>How much of something is used, in percent of what hosts give out.</summary>
/// <param name="Used">Of all hosts together.</param>
/// <param name="Least">Of the emptiest host.</param>
/// <param name="Most">Of the fullest.</param>
/// <param name="Deviation">Standard deviation over hosts, in points.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SimulationShare(double Used, double Least, double Most, double Deviation);
