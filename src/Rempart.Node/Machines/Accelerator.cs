namespace Rempart.Node.Machines;

/// <summary>What runs the guest's instructions.</summary>
internal enum Accelerator
{
    /// <summary>QEMU's translator: works everywhere, about ten times slower.</summary>
    Tcg,

    /// <summary>The kernel's virtualization.</summary>
    Kvm,
}
