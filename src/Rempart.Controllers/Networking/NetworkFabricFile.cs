using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rempart.Api.Networking;
using Rempart.Protocols.Ovsdb;

namespace Rempart.Controllers.Networking;

/// <summary>`network/network.json` in an instance's folder, written by `rempart-node network up`: where the northbound database is, and the shared addresses.</summary>
public sealed record NetworkFabricFile
{
    private static readonly JsonSerializerOptions _strict = new(JsonSerializerOptions.Strict) { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>`unix:/path`, or `ssl:host:port` of each member of a cluster with `,` between them.</summary>
    [JsonRequired]
    public required string Northbound { get; init; }

    /// <summary>See <see cref="NetworkFabric.Uplink"/>.</summary>
    [JsonRequired]
    public required string Uplink { get; init; }

    /// <summary>See <see cref="NetworkFabric.Pool"/>.</summary>
    [JsonRequired]
    public required string Pool { get; init; }

    /// <summary>Management addresses of the hosts that hold OVN's databases, by name of their node; null on a single host.</summary>
    public IReadOnlyDictionary<string, string>? Central { get; init; }

    /// <exception cref="IOException">it can't be read.</exception>
    /// <exception cref="FormatException">it does not say what it must.</exception>
    public static NetworkFabricFile Read(string path)
    {
        try
        {
            var file = JsonSerializer.Deserialize<NetworkFabricFile>(File.ReadAllBytes(path), _strict) ?? throw new JsonException("it is `null`");
            _ = file.Fabric;
            _ = file.Endpoints;
            _ = file.Members;
            return file;
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            throw new FormatException($"`{path}` is wrong: {exception.Message}; `rempart-node network up` writes it anew", exception);
        }
    }

    internal NetworkFabric Fabric => new() { Uplink = Ipv4Subnet.Parse(Uplink), Pool = Ipv4Subnet.Parse(Pool) };

    internal IReadOnlyList<OvsdbEndpoint> Endpoints => [.. Northbound.Split(',').Select(OvsdbEndpoint.Parse)];

    /// <summary><see cref="Central"/>, read; empty on a single host.</summary>
    public IReadOnlyDictionary<string, IPAddress> Members =>
        (Central ?? new Dictionary<string, string>()).ToDictionary(m => m.Key, m => IPAddress.Parse(m.Value), StringComparer.Ordinal);
}
