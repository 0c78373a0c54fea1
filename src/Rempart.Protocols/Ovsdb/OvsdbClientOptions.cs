namespace Rempart.Protocols.Ovsdb;

/// <summary>What a client connects to and keeps a copy of.</summary>
public sealed record OvsdbClientOptions
{
    /// <summary>The database's name, such as `OVN_Northbound` or `Open_vSwitch`.</summary>
    public required string Database { get; init; }

    /// <summary>Tried in order, round and round; members of one cluster. Of several, one that has lost the others is left.</summary>
    public required IReadOnlyList<OvsdbEndpoint> Endpoints { get; init; }

    /// <summary>The columns to copy, by table. Tables not named are not copied.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Monitor { get; init; }

    /// <summary>Certificates for `ssl:` endpoints; asked for with each connection, for they are renewed. What it throws as an IOException is tried again.</summary>
    public Func<OvsdbCredentials>? Credentials { get; init; }

    /// <summary>Stays only with the member that leads the cluster: for whoever writes. A database that stands alone always does.</summary>
    public bool LeaderOnly { get; init; }

    /// <summary>Largest message accepted. The copy of a database with some thousand ports is a few MiB.</summary>
    public int MaxMessageBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>One request's time.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>One connection attempt's time, certificates included: a host that is gone answers nothing, and the others wait for their turn.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A connection silent for this long is asked for an echo, and given up when that stays unanswered as long.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan LastBackoff { get; init; } = TimeSpan.FromSeconds(5);
}
