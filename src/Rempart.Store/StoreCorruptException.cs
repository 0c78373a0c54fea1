namespace Rempart.Store;

/// <summary>The data on disk is not a store or is damaged. It is never repaired in place: restore a backup.</summary>
public sealed class StoreCorruptException(string message, Exception? inner) : StoreException(message, inner);
