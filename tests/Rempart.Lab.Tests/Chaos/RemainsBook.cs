namespace Rempart.Lab.Tests.Chaos;

/// <summary>
/// Since when each thing that belongs to nobody has been on a host; pure. Agents tidy up within a minute or two of a host that is well, so what
/// stays for longer was left behind. Trouble of a host begins its count anew.
/// </summary>
internal sealed class RemainsBook
{
    /// <summary>Agents ask twice, a minute apart, before they end what may be somebody's.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly Dictionary<(string Host, string Line), DateTimeOffset> _since = [];

    /// <summary>Looks at a host that is well.</summary>
    /// <returns>What has been left behind.</returns>
    public IReadOnlyList<string> Look(string host, IReadOnlyList<string> foreign, DateTimeOffset now)
    {
        foreach (var gone in _since.Keys.Where(known => known.Host == host && !foreign.Contains(known.Line, StringComparer.Ordinal)).ToList()) _since.Remove(gone);
        foreach (var line in foreign) _since.TryAdd((host, line), now);
        return [.. foreign.Where(line => now - _since[(host, line)] > Patience).Select(line => $"{host} has had for {(now - _since[(host, line)]).TotalSeconds:0} s what belongs to no machine there: {line}")];
    }

    /// <summary>The host is in trouble, or can't be looked at.</summary>
    public void Forget(string host)
    {
        foreach (var known in _since.Keys.Where(known => known.Host == host).ToList()) _since.Remove(known);
    }
}
