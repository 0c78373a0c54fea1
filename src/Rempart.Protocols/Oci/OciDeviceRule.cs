namespace Rempart.Protocols.Oci;

/// <param name="Allow">allow or deny.</param>
/// <param name="Access">of `rwm`.</param>
/// <param name="Type">`c`, `b` or null for all.</param>
/// <param name="Major">number, or null for all.</param>
/// <param name="Minor">number, or null for all.</param>
public sealed record OciDeviceRule(bool Allow, string Access, string? Type = null, long? Major = null, long? Minor = null);
