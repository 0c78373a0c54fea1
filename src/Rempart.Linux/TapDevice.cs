using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Rempart.Linux;

/// <summary>Opens tap interfaces: the descriptor is the machine's network card.</summary>
public static class TapDevice
{
    private const nuint SetInterface = 0x400454ca; // TUNSETIFF
    private const nuint SetPersist = 0x400454cb; // TUNSETPERSIST
    private const ushort Tap = 0x0002; // IFF_TAP
    private const ushort NoPacketInfo = 0x1000; // IFF_NO_PI
    private const ushort VnetHeader = 0x4000; // IFF_VNET_HDR
    private const int InterfaceRequestSize = 40;
    private const int MaxNameBytes = 15;

    /// <summary>
    /// Attaches to the tap called <paramref name="name"/>, making it if there is none. Without <paramref name="persistent"/>
    /// the interface goes when the last descriptor is closed. The result is nonblocking and closed on exec.
    /// </summary>
    /// <param name="name">1 to 15 bytes, no `/`, no `%`.</param>
    /// <param name="vnetHeader">frames carry a virtio-net header (offloads); must be off on the userspace datapath.</param>
    /// <param name="persistent">the interface outlives the descriptor.</param>
    /// <param name="networkNamespace">from <see cref="NetworkNamespace.Open"/>; null for the caller's own.</param>
    /// <exception cref="LinuxException">EBUSY when another process is attached, EPERM without CAP_NET_ADMIN there.</exception>
    public static SafeFileHandle Open(string name, bool vnetHeader, bool persistent, SafeFileHandle? networkNamespace)
    {
        var bytes = Encoding.ASCII.GetBytes(name);
        if (bytes.Length is 0 or > MaxNameBytes || name.AsSpan().IndexOfAny("/% ") >= 0)
            throw new ArgumentException($"tap name `{name}` must be 1 to {MaxNameBytes} characters without `/`, `%` and spaces", nameof(name));
        return networkNamespace is null
            ? OpenHere(name, bytes, vnetHeader, persistent)
            : NetworkNamespace.Run(networkNamespace, () => OpenHere(name, bytes, vnetHeader, persistent));
    }

    private static unsafe SafeFileHandle OpenHere(string name, byte[] nameBytes, bool vnetHeader, bool persistent)
    {
        var handle = Native.Open("/dev/net/tun", Native.O_RDWR | Native.O_CLOEXEC | Native.O_NONBLOCK, 0);
        if (handle.IsInvalid) throw LinuxException.Last("open `/dev/net/tun` (is the tun module loaded?)");
        var request = stackalloc byte[InterfaceRequestSize];
        new Span<byte>(request, InterfaceRequestSize).Clear();
        nameBytes.CopyTo(new Span<byte>(request, MaxNameBytes));
        var flags = (ushort)(Tap | NoPacketInfo | (vnetHeader ? VnetHeader : 0));
        BinaryPrimitives.WriteUInt16LittleEndian(new Span<byte>(request + 16, 2), flags);
        if (Native.Ioctl(handle, SetInterface, (nint)request) < 0 || (persistent && Native.Ioctl(handle, SetPersist, 1) < 0))
        {
            var errno = Marshal.GetLastPInvokeError();
            handle.Dispose();
            throw new LinuxException($"open tap `{name}`", errno);
        }
        return handle;
    }
}
