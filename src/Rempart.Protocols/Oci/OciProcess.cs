namespace Rempart.Protocols.Oci;

/// <summary>The program of a bundle.</summary>
public sealed record OciProcess
{
    public bool Terminal { get; init; }

    public required OciUser User { get; init; }

    public required IReadOnlyList<string> Args { get; init; }

    public IReadOnlyList<string> Env { get; init; } = [];

    public string Cwd { get; init; } = "/";

    public OciCapabilities Capabilities { get; init; } = new();

    public IReadOnlyList<OciRlimit> Rlimits { get; init; } = [];

    public bool NoNewPrivileges { get; init; } = true;
}
