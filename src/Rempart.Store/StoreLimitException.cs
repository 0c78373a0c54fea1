namespace Rempart.Store;

/// <summary>A key, value, commit or page is larger than <see cref="StoreLimits"/> allow.</summary>
public sealed class StoreLimitException(string message) : StoreException(message, inner: null);
