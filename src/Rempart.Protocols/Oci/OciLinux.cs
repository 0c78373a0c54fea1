namespace Rempart.Protocols.Oci;

/// <summary>The Linux part of a bundle.</summary>
public sealed record OciLinux
{
    public required IReadOnlyList<OciIdMapping> UidMappings { get; init; }

    public required IReadOnlyList<OciIdMapping> GidMappings { get; init; }

    public required IReadOnlyList<OciNamespace> Namespaces { get; init; }

    public required string CgroupsPath { get; init; }

    public required OciResources Resources { get; init; }

    public IReadOnlyList<string> MaskedPaths { get; init; } = [];

    public IReadOnlyList<string> ReadonlyPaths { get; init; } = [];

    public OciSeccomp? Seccomp { get; init; }
}
