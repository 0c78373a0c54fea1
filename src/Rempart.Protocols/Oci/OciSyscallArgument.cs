namespace Rempart.Protocols.Oci;

/// <param name="Index">0 to 5.</param>
/// <param name="Value">to compare with, or the mask for `SCMP_CMP_MASKED_EQ`.</param>
/// <param name="Op">`SCMP_CMP_EQ`, `SCMP_CMP_NE`, `SCMP_CMP_MASKED_EQ`, ….</param>
/// <param name="ValueTwo">what the masked argument must equal.</param>
public sealed record OciSyscallArgument(uint Index, ulong Value, string Op, ulong? ValueTwo = null);
