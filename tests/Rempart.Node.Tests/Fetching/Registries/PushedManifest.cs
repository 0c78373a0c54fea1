namespace Rempart.Node.Tests.Fetching.Registries;

/// <summary>What a registry took.</summary>
/// <param name="Digest">`sha256:` and 64 digits.</param>
/// <param name="Size">bytes.</param>
internal sealed record PushedManifest(string Digest, int Size);
