namespace Rempart.Store;

/// <summary>One key of a commit.</summary>
/// <param name="Key">The key, 1 to <see cref="StoreLimits.KeyBytes"/> printable ASCII characters.</param>
/// <param name="Value">The new bytes, 1 to <see cref="StoreLimits.ValueBytes"/>; null deletes the key.</param>
/// <param name="ExpectedRevision">0: the key must not exist (never with a delete). Above 0: its value must have been written by this revision.</param>
public readonly record struct StoreWrite(string Key, ReadOnlyMemory<byte>? Value, long ExpectedRevision)
{
    /// <summary>True for a key that is only looked at: it must be at its expected revision (0: not exist) and stays as it is.</summary>
    public bool IsCheck { get; private init; }

    /// <summary>
    /// A key that the other writes of a commit depend on. It counts among the keys of the commit; a commit of nothing but checks is refused.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="expectedRevision">0: the key must not exist. Above 0: its value must have been written by this revision.</param>
    public static StoreWrite Check(string key, long expectedRevision) => new(key, null, expectedRevision) { IsCheck = true };
}
