namespace Rempart.ApiServer.Secrets;

/// <summary>The key-encryption keys of a server: all open, one seals. Rotation adds a key and makes it the active one.</summary>
public sealed class KeyRing : IDisposable
{
    private readonly IReadOnlyList<KeyEncryptionKey> _keys;

    internal KeyRing(IReadOnlyList<KeyEncryptionKey> keys, string active)
    {
        _keys = keys;
        Active = keys.Single(key => key.Id == active);
    }

    /// <summary>Ids of all keys.</summary>
    public IReadOnlyList<string> Ids => [.. _keys.Select(key => key.Id)];

    /// <summary>Id of the key that seals.</summary>
    public string ActiveId => Active.Id;

    internal KeyEncryptionKey Active { get; }

    internal KeyEncryptionKey? Find(ReadOnlySpan<byte> id)
    {
        foreach (var key in _keys)
        {
            if (key.IdSpan.SequenceEqual(id))
            {
                return key;
            }
        }

        return null;
    }

    /// <summary>Forgets the keys.</summary>
    public void Dispose()
    {
        foreach (var key in _keys)
        {
            key.Dispose();
        }
    }
}
