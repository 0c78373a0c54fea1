namespace Rempart.Protocols.Etcd;

/// <summary>A change of a key (mvccpb.Event).</summary>
/// <param name="Current">The key now; of a deleted one only key and revision.</param>
/// <param name="IsDelete">Whether it is gone.</param>
/// <param name="Previous">Of a deleted key what it was; null if that was compacted away, and for keys that are there.</param>
public sealed record EtcdEvent(EtcdKeyValue Current, bool IsDelete, EtcdKeyValue? Previous);
