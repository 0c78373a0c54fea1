using System.Text.Json;

namespace Rempart.Protocols.Oci;

/// <summary>A system call filter.</summary>
public sealed record OciSeccomp
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Strict) { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public required string DefaultAction { get; init; }

    public uint? DefaultErrnoRet { get; init; }

    public required IReadOnlyList<string> Architectures { get; init; }

    public required IReadOnlyList<OciSyscallRule> Syscalls { get; init; }

    /// <exception cref="JsonException">unknown or missing members.</exception>
    public static OciSeccomp Parse(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize<OciSeccomp>(json, Json) ?? throw new JsonException("the system call filter is null");
}
