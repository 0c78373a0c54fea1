namespace Rempart.Protocols.Oci;

/// <param name="Type">`pid`, `network`, `ipc`, `uts`, `mount`, `cgroup`, `user`.</param>
/// <param name="Path">of an existing namespace to join; null for a new one.</param>
public sealed record OciNamespace(string Type, string? Path = null);
