namespace Rempart.Protocols.Etcd;

/// <summary>A question for keys (etcdserverpb.RangeRequest).</summary>
/// <param name="Key">The first key.</param>
/// <param name="End">The first key that is not meant; null for the one key.</param>
public readonly record struct EtcdRange(string Key, string? End)
{
    /// <summary>Most keys to tell; 0 for all.</summary>
    public long Limit { get; init; }

    /// <summary>As of which revision; 0 for the latest.</summary>
    public long Revision { get; init; }

    /// <summary>Leaves the values away.</summary>
    public bool KeysOnly { get; init; }

    /// <summary>The keys that begin with a text, which must not be empty.</summary>
    public static EtcdRange Prefix(string prefix)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        return new(prefix, string.Concat(prefix.AsSpan(0, prefix.Length - 1), [(char)(prefix[^1] + 1)]));
    }
}
