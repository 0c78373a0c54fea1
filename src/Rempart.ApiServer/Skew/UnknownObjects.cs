using System.Collections.Concurrent;

namespace Rempart.ApiServer.Skew;

/// <summary>
/// Keys of stored objects of kinds that this server does not know, because a newer server made them. It neither reads nor changes them; what it must not do
/// while they are there is for <see cref="NewerKinds"/> to refuse.
/// </summary>
internal sealed class UnknownObjects(string root)
{
    private readonly ConcurrentDictionary<string, byte> _keys = new(StringComparer.Ordinal);

    public bool IsEmpty => _keys.IsEmpty;

    /// <summary>The kinds, as <c>plural.group</c>, in order.</summary>
    public IReadOnlyList<string> Kinds => Names(_keys.Keys);

    /// <summary>The kinds of those in a namespace.</summary>
    public IReadOnlyList<string> KindsIn(string ns) => Names(_keys.Keys.Where(key => Parts(key) is [_, _, var space, _, ..] && space == ns));

    public void Put(string key) => _keys.TryAdd(key, 0);

    public void Remove(string key) => _keys.TryRemove(key, out _);

    private string[] Parts(string key) => key[root.Length..].Split('/');

    private string[] Names(IEnumerable<string> keys) => [.. keys.Select(Parts).Where(parts => parts.Length >= 3).Select(parts => $"{parts[1]}.{parts[0]}").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
