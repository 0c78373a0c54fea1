namespace Rempart.Node.Machines;

/// <summary>What machines on this host run with.</summary>
/// <param name="Accelerator">for every new start.</param>
/// <param name="Reason">a sentence for the node's condition.</param>
internal sealed record AcceleratorChoice(Accelerator Accelerator, string Reason);
