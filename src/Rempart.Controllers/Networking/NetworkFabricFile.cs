using System.Text.Json;
using System.Text.Json.Serialization;
using Rempart.Api.Networking;
using Rempart.Protocols.Ovsdb;

namespace Rempart.Controllers.Networking;

/// <summary>`network/network.json` in an instance's folder, written by `rempart-node network up`: where the northbound database is, and the shared addresses.</summary>
public sealed record NetworkFabricFile
{
    private static readonly JsonSerializerOptions _strict = new(JsonSerializerOptions.Strict) { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>`unix:/path` or `ssl:host:port`.</summary>
    [JsonRequired]
    public required string Northbound { get; init; }

    /// <summary>See <see cref="NetworkFabric.Uplink"/>.</summary>
    [JsonRequired]
    public required string Uplink { get; init; }

    /// <summary>See <see cref="NetworkFabric.Pool"/>.</summary>
    [JsonRequired]
    public required string Pool { get; init; }

    /// <exception cref="IOException">it can't be read.</exception>
    /// <exception cref="FormatException">it does not say what it must.</exception>
    public static NetworkFabricFile Read(string path)
    {
        try
        {
            var file = JsonSerializer.Deserialize<NetworkFabricFile>(File.ReadAllBytes(path), _strict) ?? throw new JsonException("it is `null`");
            _ = file.Fabric;
            _ = file.Endpoint;
            return file;
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            throw new FormatException($"`{path}` is wrong: {exception.Message}; `rempart-node network up` writes it anew", exception);
        }
    }

    internal NetworkFabric Fabric => new() { Uplink = Ipv4Subnet.Parse(Uplink), Pool = Ipv4Subnet.Parse(Pool) };

    internal OvsdbEndpoint Endpoint => OvsdbEndpoint.Parse(Northbound);
}
