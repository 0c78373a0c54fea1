namespace Rempart.Protocols.Oci;

/// <param name="Destination">absolute path inside.</param>
/// <param name="Type">`proc`, `bind`, `tmpfs`, ….</param>
/// <param name="Source">device or path outside.</param>
/// <param name="Options">as in mount(8).</param>
public sealed record OciMount(string Destination, string Type, string Source, IReadOnlyList<string> Options);
