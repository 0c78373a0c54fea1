namespace Rempart.Store;

/// <summary>What a store reports beyond bad arguments.</summary>
public abstract class StoreException(string message, Exception? inner) : Exception(message, inner);
