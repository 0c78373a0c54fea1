namespace Rempart.Protocols.Oci;

/// <summary>What happens to some system calls.</summary>
public sealed record OciSyscallRule
{
    public required IReadOnlyList<string> Names { get; init; }

    public required string Action { get; init; }

    public uint? ErrnoRet { get; init; }

    /// <summary>All must hold.</summary>
    public IReadOnlyList<OciSyscallArgument>? Args { get; init; }
}
