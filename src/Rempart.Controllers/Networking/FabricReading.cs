namespace Rempart.Controllers.Networking;

/// <summary>What was read from the caches at once.</summary>
/// <param name="State">to compile.</param>
/// <param name="Generations">of the objects in it, by uid.</param>
/// <param name="Places">where the ports of each machine may be, by the machine's uid.</param>
internal sealed record FabricReading(FabricState State, IReadOnlyDictionary<string, long> Generations, IReadOnlyDictionary<string, PortPlacement> Places);
