namespace Rempart.Store;

/// <summary>One key of a commit.</summary>
/// <param name="Key">The key, 1 to <see cref="StoreLimits.KeyBytes"/> printable ASCII characters.</param>
/// <param name="Value">The new bytes, 1 to <see cref="StoreLimits.ValueBytes"/>; null deletes the key.</param>
/// <param name="ExpectedRevision">0: the key must not exist (never with a delete). Above 0: its value must have been written by this revision.</param>
public readonly record struct StoreWrite(string Key, ReadOnlyMemory<byte>? Value, long ExpectedRevision);
