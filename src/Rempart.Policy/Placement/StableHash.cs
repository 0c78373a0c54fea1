namespace Rempart.Policy.Placement;

/// <summary>Hashes that are the same in every process: the runtime's own are seeded anew each time.</summary>
internal static class StableHash
{
    /// <summary>FNV-1a over the UTF-16 units of a text.</summary>
    public static ulong Of(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var unit in text) hash = (hash ^ unit) * 1099511628211UL;
        return hash;
    }

    /// <summary>SplitMix64's finalizer: neighbors become strangers.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
