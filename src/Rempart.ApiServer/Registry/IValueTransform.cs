namespace Rempart.ApiServer.Registry;

/// <summary>Changes values on their way into and out of the store: encryption of what is secret.</summary>
internal interface IValueTransform
{
    /// <summary>What the store keeps.</summary>
    /// <param name="key">The value's key, to which an encrypted value is bound.</param>
    /// <param name="value">The document.</param>
    ReadOnlyMemory<byte> ToStore(string key, ReadOnlyMemory<byte> value);

    /// <summary>The document that was stored.</summary>
    /// <param name="key">The value's key.</param>
    /// <param name="value">What the store keeps.</param>
    ReadOnlyMemory<byte> FromStore(string key, ReadOnlyMemory<byte> value);

    /// <summary>A stored value in both its forms.</summary>
    StoredValue Open(string key, ReadOnlyMemory<byte> value) => new(FromStore(key, value), value);
}
