namespace Rempart.Node.Jail;

/// <summary>A published root: complete, never changed, shared by every machine that was started with it.</summary>
/// <param name="Digest">SHA-256 over names, modes and contents; names the folder.</param>
/// <param name="Path">the root itself.</param>
/// <param name="QemuMajor">version of the QEMU in it.</param>
/// <param name="QemuMinor">version of the QEMU in it.</param>
internal sealed record JailRoot(string Digest, string Path, int QemuMajor, int QemuMinor)
{
    /// <summary>The versioned machine type: a machine keeps the hardware it was first started with for as long as it runs.</summary>
    public string MachineType => $"pc-q35-{QemuMajor}.{QemuMinor}";
}
