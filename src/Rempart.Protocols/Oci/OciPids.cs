namespace Rempart.Protocols.Oci;

/// <param name="Limit">most tasks.</param>
public sealed record OciPids(long Limit);
