namespace Rempart.Protocols.Etcd;

/// <summary>What a member says of itself (etcdserverpb.StatusResponse).</summary>
/// <param name="Header">Which member of which cluster.</param>
/// <param name="Version">Its version, e.g. <c>3.4.23</c>.</param>
/// <param name="Leader">The id of the member that leads; 0 if there is none.</param>
/// <param name="DatabaseBytes">Size of its file.</param>
/// <param name="UsedBytes">Of which in use.</param>
public sealed record EtcdMember(EtcdHeader Header, string Version, ulong Leader, long DatabaseBytes, long UsedBytes)
{
    /// <summary>Whether it leads.</summary>
    public bool IsLeader => Leader == Header.MemberId;
}
