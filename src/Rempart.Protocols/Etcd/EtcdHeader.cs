using System.Runtime.InteropServices;

namespace Rempart.Protocols.Etcd;

/// <summary>What every answer says of the cluster (etcdserverpb.ResponseHeader).</summary>
/// <param name="ClusterId">Which cluster; another one after a restore of a snapshot.</param>
/// <param name="MemberId">Which member.</param>
/// <param name="Revision">The newest revision of the member when it answered.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct EtcdHeader(ulong ClusterId, ulong MemberId, long Revision);
