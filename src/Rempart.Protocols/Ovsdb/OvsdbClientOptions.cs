using System.Security.Cryptography.X509Certificates;

namespace Rempart.Protocols.Ovsdb;

/// <summary>What a client connects to and keeps a copy of.</summary>
public sealed record OvsdbClientOptions
{
    /// <summary>The database's name, such as `OVN_Northbound` or `Open_vSwitch`.</summary>
    public required string Database { get; init; }

    /// <summary>Tried in order, round and round; members of one cluster.</summary>
    public required IReadOnlyList<OvsdbEndpoint> Endpoints { get; init; }

    /// <summary>The columns to copy, by table. Tables not named are not copied.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Monitor { get; init; }

    /// <summary>The client's certificate with its key, for `ssl:` endpoints.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The only authorities whose servers are trusted, for `ssl:` endpoints.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>Largest message accepted. The copy of a database with some thousand ports is a few MiB.</summary>
    public int MaxMessageBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>One request's time; one connection attempt's, too.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A connection silent for this long is asked for an echo, and given up when that stays unanswered as long.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan LastBackoff { get; init; } = TimeSpan.FromSeconds(5);
}
