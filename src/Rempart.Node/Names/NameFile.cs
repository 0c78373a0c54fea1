using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rempart.Node.Names;

/// <summary>`names.json`: what the agent tells the responder. Written whole and renamed into place at each change.</summary>
internal sealed record NameFile
{
    internal const string FileName = "names.json";
    private const int MaxBytes = 64 * 1024 * 1024;

    private static readonly JsonSerializerOptions _strict = new(JsonSerializerOptions.Strict) { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    internal static NameFile Empty { get; } = new() { Zone = "", Networks = [], Projects = [] };

    /// <summary>Above all projects' zones: what is below it is answered here and asked of nobody.</summary>
    [JsonRequired]
    public required string Zone { get; init; }

    [JsonRequired]
    public required IReadOnlyList<NameNetwork> Networks { get; init; }

    [JsonRequired]
    public required IReadOnlyList<NameProject> Projects { get; init; }

    /// <exception cref="IOException">it can't be read, or is larger than any host's names are.</exception>
    /// <exception cref="JsonException">it does not say what it must.</exception>
    internal static NameFile Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (stream.Length > MaxBytes) throw new IOException($"`{path}` is larger than {MaxBytes} bytes");
        return JsonSerializer.Deserialize<NameFile>(stream, _strict) ?? throw new JsonException("it is `null`");
    }

    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, _strict);
}
