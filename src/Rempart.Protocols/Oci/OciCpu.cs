namespace Rempart.Protocols.Oci;

/// <param name="Shares">weight, 1,024 is one cpu's.</param>
/// <param name="Quota">microseconds of cpu time a period.</param>
/// <param name="Period">microseconds.</param>
public sealed record OciCpu(ulong Shares, long Quota, ulong Period);
