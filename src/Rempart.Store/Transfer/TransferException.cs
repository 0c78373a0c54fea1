namespace Rempart.Store.Transfer;

/// <summary>A transfer that can't be made, or whose result is not what it should be.</summary>
public sealed class TransferException(string message) : StoreException(message, inner: null);
