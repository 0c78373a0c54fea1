using Microsoft.Win32.SafeHandles;

namespace Rempart.Node.Machines;

/// <summary>What the machine runs first.</summary>
internal abstract record MachineBoot : IDisposable
{
    private MachineBoot()
    {
    }

    public abstract void Dispose();

    /// <summary>
    /// A kernel handed to QEMU directly. Both files are read-only and readable by everyone (mode 0444): QEMU opens them again
    /// through /proc/self/fd with the machine's own uid; the folder that holds them may be 0700.
    /// </summary>
    /// <param name="File">a bzImage.</param>
    /// <param name="Initrd">an initramfs, or null.</param>
    /// <param name="CommandLine">of the kernel, at most 2,047 characters; `console=ttyS0` makes the console show it.</param>
    internal sealed record Kernel(SafeFileHandle File, SafeFileHandle? Initrd, string CommandLine) : MachineBoot
    {
        public override void Dispose()
        {
            File.Dispose();
            Initrd?.Dispose();
        }
    }

    /// <summary>OVMF boots the first disk.</summary>
    /// <param name="Code">the firmware image, read-only, mode 0444.</param>
    /// <param name="Variables">this machine's variable store, opened read-write, owned by the caller.</param>
    /// <param name="SecureBoot">the image is a secure boot build: SMM is on and the variables are protected by it.</param>
    internal sealed record Uefi(SafeFileHandle Code, SafeFileHandle Variables, bool SecureBoot) : MachineBoot
    {
        public override void Dispose()
        {
            Code.Dispose();
            Variables.Dispose();
        }
    }
}
