using System.Text;

namespace Rempart.Store;

/// <summary>What every store accepts, and the checks that every store makes with the same words.</summary>
public static class StoreLimits
{
    /// <summary>Longest key in bytes.</summary>
    public const int KeyBytes = 1024;

    /// <summary>Largest value in bytes: room for a 3 MiB request body with the server's own fields and its encryption.</summary>
    public const int ValueBytes = 4 * 1024 * 1024;

    /// <summary>Most writes in a commit.</summary>
    public const int CommitWrites = 8;

    /// <summary>Most entries in a page.</summary>
    public const int PageEntries = 10_000;

    /// <summary>Bytes of values after which a page ends.</summary>
    public const int PageBytes = 64 * 1024 * 1024;

    /// <summary>Changes that may wait for a slow watcher.</summary>
    public const int WatchEvents = 16_384;

    /// <summary>Bytes of values that may wait for a slow watcher.</summary>
    public const int WatchBytes = 64 * 1024 * 1024;

    /// <summary>Refuses a key that is empty, too long or not printable ASCII.</summary>
    public static void CheckKey(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Length is 0 or > KeyBytes)
        {
            throw new StoreLimitException($"a key of {key.Length} bytes can't be stored: use 1 to {KeyBytes}");
        }

        var at = key.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        if (at >= 0)
        {
            throw new StoreLimitException($"the key has the character U+{(int)key[at]:X4} at {at}: only printable ASCII can be stored");
        }
    }

    /// <summary>Refuses a prefix or the bound of a range that no key could match.</summary>
    public static void CheckBound(string bound)
    {
        ArgumentNullException.ThrowIfNull(bound);
        if (bound.Length > KeyBytes + 1)
        {
            throw new StoreLimitException($"a prefix or bound of {bound.Length} bytes is too long: use at most {KeyBytes}");
        }

        // Above ASCII the order of UTF-16 units is not the order of bytes, and no key is there anyway.
        if (!Ascii.IsValid(bound))
        {
            throw new StoreLimitException("a prefix or bound has characters beyond ASCII: no key has them");
        }
    }

    /// <summary>Refuses a range or page size that is not allowed.</summary>
    public static void CheckList(StoreRange range, int limit, long revision)
    {
        CheckBound(range.From);
        CheckBound(range.To ?? "");
        ArgumentOutOfRangeException.ThrowIfNegative(revision);
        if (limit is < 1 or > PageEntries)
        {
            throw new StoreLimitException($"a page of {limit} entries can't be listed: use 1 to {PageEntries}");
        }
    }

    /// <summary>Refuses a commit that no state of the store could accept.</summary>
    public static void CheckWrites(IReadOnlyList<StoreWrite> writes)
    {
        ArgumentNullException.ThrowIfNull(writes);
        if (writes.Count is 0 or > CommitWrites)
        {
            throw new StoreLimitException($"a commit of {writes.Count} writes can't be made: use 1 to {CommitWrites}");
        }

        if (writes.All(write => write.IsCheck))
        {
            throw new ArgumentException("the commit only looks at keys: write at least one", nameof(writes));
        }

        for (var i = 0; i < writes.Count; i++)
        {
            CheckWrite(writes[i]);
            for (var j = 0; j < i; j++)
            {
                if (string.Equals(writes[i].Key, writes[j].Key, StringComparison.Ordinal))
                {
                    throw new ArgumentException($"the key `{writes[i].Key}` is written twice in one commit: write it once", nameof(writes));
                }
            }
        }
    }

    private static void CheckWrite(StoreWrite write)
    {
        CheckKey(write.Key);
        if (write.Value is { Length: > ValueBytes } value)
        {
            throw new StoreLimitException($"the value of `{write.Key}` has {value.Length} bytes: at most {ValueBytes} can be stored");
        }

        // Not only useless: a null array turns into an empty value on its way, where a delete may have been meant.
        if (write.Value is { IsEmpty: true })
        {
            throw new StoreLimitException($"the value of `{write.Key}` is empty: give at least one byte, or null to delete the key");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(write.ExpectedRevision, nameof(write));
        if (write.Value is null && write.ExpectedRevision == 0 && !write.IsCheck)
        {
            throw new ArgumentException($"the delete of `{write.Key}` names no revision: give the one that was read", nameof(write));
        }
    }
}
