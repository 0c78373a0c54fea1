namespace Rempart.Protocols.Etcd;

/// <summary>A condition of a transaction: the key's value was written by this revision; 0 for a key that does not exist.</summary>
/// <param name="Key">The key.</param>
/// <param name="ModRevision">The revision.</param>
public readonly record struct EtcdCompare(string Key, long ModRevision);
