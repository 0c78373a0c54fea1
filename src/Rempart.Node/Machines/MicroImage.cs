namespace Rempart.Node.Machines;

/// <summary>The micro guest as images/micro/build.sh writes it.</summary>
/// <param name="Kernel">path of the kernel.</param>
/// <param name="Initramfs">path of its initramfs.</param>
internal sealed record MicroImage(string Kernel, string Initramfs)
{
    /// <summary>The first thing it prints.</summary>
    internal const string FirstLine = "rempart micro: first line";

    internal static MicroImage In(string folder) => new(Path.Combine(folder, "vmlinuz"), Path.Combine(folder, "initramfs.cpio.gz"));

    internal MachineBoot Open(string commandLine = "console=ttyS0 quiet") => new MachineBoot.Kernel(File.OpenHandle(Kernel), File.OpenHandle(Initramfs), commandLine);
}
