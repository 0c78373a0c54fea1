using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rempart.Node.Networks;

/// <summary>`network/cluster.json`: what `rempart-node network up` was told of an instance of several hosts, for the agent.</summary>
internal sealed record NetworkClusterFile
{
    private static readonly JsonSerializerOptions _strict = new(JsonSerializerOptions.Strict) { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>Management addresses of the hosts that hold OVN's databases, by name of their node.</summary>
    [JsonRequired]
    public required IReadOnlyDictionary<string, string> Central { get; init; }

    /// <summary>The settings with what the file says; as they are where there is none.</summary>
    /// <exception cref="NetworkSetupException">the file does not say what it must.</exception>
    internal static NetworkSettings Apply(NetworkSettings settings)
    {
        var path = new NetworkLayout(settings).ClusterFile;
        if (!File.Exists(path)) return settings;
        try
        {
            var file = JsonSerializer.Deserialize<NetworkClusterFile>(File.ReadAllBytes(path), _strict) ?? throw new JsonException("it is `null`");
            // Null addresses pass the reader: the values of a dictionary are not looked at for that.
            return settings with { Central = [.. file.Central.Select(m => new CentralMember(m.Key, IPAddress.Parse(m.Value ?? throw new JsonException($"`{m.Key}` has no address"))))] };
        }
        catch (Exception exception) when (exception is JsonException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new NetworkSetupException($"`{path}` is wrong: {exception.Message}; `rempart-node network up` writes it anew", exception);
        }
    }

    internal string ToText() => JsonSerializer.Serialize(this, _strict) + "\n";
}
