namespace Rempart.Protocols.Etcd;

/// <summary>A key as etcd tells of it (mvccpb.KeyValue).</summary>
/// <param name="Key">The key; ours are ASCII.</param>
/// <param name="Value">The bytes.</param>
/// <param name="CreateRevision">The revision that created it.</param>
/// <param name="ModRevision">The revision that wrote this value.</param>
public sealed record EtcdKeyValue(string Key, ReadOnlyMemory<byte> Value, long CreateRevision, long ModRevision);
