namespace Rempart.Protocols.Oci;

/// <param name="Type">`RLIMIT_NOFILE`, ….</param>
/// <param name="Soft">soft limit.</param>
/// <param name="Hard">hard limit.</param>
public sealed record OciRlimit(string Type, ulong Soft, ulong Hard);
