using System.Globalization;

namespace Rempart.Protocols.Ovsdb;

/// <summary>Where a database server listens, in Open vSwitch's notation: `unix:/path` or `ssl:host:port` (`ssl:[::1]:6641`). Clear-text TCP is not supported on purpose.</summary>
public sealed record OvsdbEndpoint
{
    private OvsdbEndpoint(string? path, string? host, int port) => (Path, Host, Port) = (path, host, port);

    /// <summary>The unix socket; null for TLS.</summary>
    public string? Path { get; }

    public string? Host { get; }

    public int Port { get; }

    public static OvsdbEndpoint Unix(string path) => new(path, null, 0);

    public static OvsdbEndpoint Tls(string host, int port) => new(null, host, port);

    /// <exception cref="FormatException">the text is neither form.</exception>
    public static OvsdbEndpoint Parse(string text)
    {
        if (text.StartsWith("unix:/", StringComparison.Ordinal)) return Unix(text["unix:".Length..]);
        var colon = text.LastIndexOf(':');
        if (text.StartsWith("ssl:", StringComparison.Ordinal) && colon > "ssl:".Length
            && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0)
            return Tls(text["ssl:".Length..colon].Trim('[', ']'), port);
        throw new FormatException($"endpoint `{text}` must be `unix:/path` or `ssl:host:port`");
    }

    public override string ToString() => Path is not null ? $"unix:{Path}" : $"ssl:{Host}:{Port.ToString(CultureInfo.InvariantCulture)}";
}
