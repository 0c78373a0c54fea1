namespace Rempart.ApiServer.Flow;

/// <summary>How many connections there may be. Those that have shown a certificate of the cluster have room of their own.</summary>
internal sealed record ConnectionBounds
{
    /// <summary>
    /// Descriptors that are no connections: the store's and the trail's files, logs, libraries, and the controllers' own ends of their
    /// connections to this server (182 of libraries, 41 of controllers and about 30 of files when this was written).
    /// </summary>
    private const long Others = 280;

    // The server's own controllers keep about 40 connections, half of them by one name, and make them all at once when it starts.
    private const int Fewest = 112;
    private const int FewestOfOne = 48;

    // More than one address may have: one alone must not fill the room of everyone who has not said who they are.
    private const int FewestUnknown = 64;

    /// <summary>
    /// The bounds of a process that may open so many files: a connection that is one too many is closed at once, while a process out of
    /// descriptors can't even do that, and can't begin a new file of the trail.
    /// </summary>
    /// <param name="descriptors">The limit of open files; long.MaxValue for none.</param>
    public static ConnectionBounds Within(long descriptors)
    {
        var bounds = new ConnectionBounds();
        var all = (int)Math.Clamp(descriptors - Others, Fewest, bounds.All);
        return new ConnectionBounds { All = all, Unknown = Math.Max(all * 3 / 8, FewestUnknown), UnknownOfAddress = Math.Max(all / 8, FewestOfOne), OfName = Math.Max(all / 8, FewestOfOne) };
    }

    /// <summary>The limit of open files of this process (getrlimit(2)); .NET has raised it as far as it may at its start.</summary>
    public static long Descriptors()
    {
        var line = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, var soft, ..] && long.TryParse(soft, System.Globalization.CultureInfo.InvariantCulture, out var limit) ? limit : long.MaxValue;
    }

    /// <summary>All together.</summary>
    public int All { get; init; } = 4096;

    /// <summary>Connections that have shown no certificate, handshakes included.</summary>
    public int Unknown { get; init; } = 1536;

    /// <summary>The same from one address.</summary>
    public int UnknownOfAddress { get; init; } = 512;

    /// <summary>Connections with certificates of one name.</summary>
    public int OfName { get; init; } = 512;
}
