namespace Rempart.ApiServer.Secrets;

/// <summary>Encrypts values before they reach the store and decrypts them on the way back.</summary>
public interface ISealer
{
    /// <summary>Encrypts a value, bound to its key in the store: under another key it can't be opened.</summary>
    ReadOnlyMemory<byte> Seal(string key, ReadOnlySpan<byte> plain);

    /// <summary>Decrypts a value that <see cref="Seal"/> made for this key.</summary>
    /// <exception cref="SealException">It was changed, moved, is not sealed, or the key that sealed it is not here.</exception>
    ReadOnlyMemory<byte> Open(string key, ReadOnlySpan<byte> sealedValue);

    /// <summary>Whether a value was sealed with another key than the active one and should be written anew.</summary>
    bool IsStale(ReadOnlySpan<byte> sealedValue);
}
