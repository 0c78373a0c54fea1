namespace Rempart.Protocols.Oci;

/// <param name="Path">absolute, of the root file system.</param>
/// <param name="Readonly">mounted read-only.</param>
public sealed record OciRoot(string Path, bool Readonly);
