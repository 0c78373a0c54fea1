namespace Rempart.ApiServer.Tests.Fuzz;

/// <summary>Something that reads what strangers send.</summary>
/// <param name="Name">Lower case and dashes.</param>
/// <param name="Seeds">What it takes gladly, to be damaged.</param>
/// <param name="Read">
/// Reads an input: true when it was taken, false when it was refused as it should be. Whatever else it throws is a defect, and so is a property that does
/// not hold of what was taken.
/// </param>
internal sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Seeds, Func<byte[], bool> Read);
