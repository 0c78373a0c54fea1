using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rempart.Protocols.Oci;

/// <summary>A bundle's `config.json` (OCI runtime specification 1.0): only the members that are written here.</summary>
public sealed record OciSpec
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
        // config.json is read by an OCI runtime, never by a browser: keep `+` and `&` readable.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public string OciVersion { get; init; } = "1.0.2";

    public required OciProcess Process { get; init; }

    public required OciRoot Root { get; init; }

    public string? Hostname { get; init; }

    public IReadOnlyList<OciMount> Mounts { get; init; } = [];

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    public required OciLinux Linux { get; init; }

    /// <summary>Canonical bytes: indented JSON, members in declared order, a newline at the end.</summary>
    public byte[] ToJson() => [.. JsonSerializer.SerializeToUtf8Bytes(this, Json), (byte)'\n'];

    /// <summary>Strict: an unknown or duplicate member is refused.</summary>
    /// <exception cref="JsonException">not a spec of this shape.</exception>
    public static OciSpec Parse(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize<OciSpec>(json, Json) ?? throw new JsonException("the bundle's configuration is null");
}
