namespace Rempart.Protocols.Etcd;

/// <summary>A part of a transaction: exactly one of the three is given.</summary>
public readonly record struct EtcdOperation
{
    /// <summary>Reads.</summary>
    public EtcdRange? Range { get; private init; }

    /// <summary>Writes this key.</summary>
    public string? PutKey { get; private init; }

    /// <summary>What is written.</summary>
    public ReadOnlyMemory<byte> PutValue { get; private init; }

    /// <summary>The lease with which the key goes away; 0 for none.</summary>
    public long PutLease { get; private init; }

    /// <summary>Deletes this key.</summary>
    public string? DeleteKey { get; private init; }

    public static EtcdOperation Read(EtcdRange range) => new() { Range = range };

    public static EtcdOperation Put(string key, ReadOnlyMemory<byte> value, long lease = 0) => new() { PutKey = key, PutValue = value, PutLease = lease };

    public static EtcdOperation Delete(string key) => new() { DeleteKey = key };
}
