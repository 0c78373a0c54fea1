namespace Rempart.Store;

/// <summary>The keys from <paramref name="From"/> on and below <paramref name="To"/>, in ordinal order.</summary>
/// <param name="From">The first key, or a text that sorts before it.</param>
/// <param name="To">The first key that is not meant; null for no end.</param>
public readonly record struct StoreRange(string From, string? To)
{
    /// <summary>Every key.</summary>
    public static StoreRange All => new("", To: null);

    /// <summary>The keys that begin with a text.</summary>
    public static StoreRange Prefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        // The last character is at most 0x7E in a key, so its successor always exists and no carry is needed.
        return prefix.Length == 0 ? All : new(prefix, string.Concat(prefix.AsSpan(0, prefix.Length - 1), [(char)(prefix[^1] + 1)]));
    }

    /// <summary>The rest of this range behind a key: the next page.</summary>
    public StoreRange After(string key) => this with { From = key + '\0' };

    /// <summary>Whether a key is in the range.</summary>
    public bool Contains(string key) =>
        string.CompareOrdinal(key, From) >= 0 && (To is null || string.CompareOrdinal(key, To) < 0);
}
