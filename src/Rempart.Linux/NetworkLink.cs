using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Rempart.Linux;

/// <summary>Settings of a network interface (netdevice(7)), without a process to make them.</summary>
public static class NetworkLink
{
    private const nuint GetFlags = 0x8913; // SIOCGIFFLAGS
    private const nuint SetFlags = 0x8914; // SIOCSIFFLAGS
    private const nuint SetMtu = 0x8922; // SIOCSIFMTU
    private const nuint EthtoolCall = 0x8946; // SIOCETHTOOL
    private const uint SetTransmitChecksum = 0x17; // ETHTOOL_STXCSUM
    private const ushort Up = 0x1; // IFF_UP
    private const int RequestSize = 40; // struct ifreq: a name of 16 bytes, then the value
    private const int ValueOffset = 16;
    private const int MaxNameBytes = 15;

    /// <summary>Sets the largest packet and brings the interface up.</summary>
    /// <param name="name">the interface.</param>
    /// <param name="mtu">largest packet in bytes.</param>
    /// <param name="networkNamespace">from <see cref="NetworkNamespace.Open"/>.</param>
    /// <exception cref="LinuxException">ENODEV when there is no such interface, EINVAL when its driver refuses the size.</exception>
    public static void BringUp(string name, int mtu, SafeFileHandle networkNamespace) => In(networkNamespace, name, (socket, request) =>
    {
        BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(ValueOffset), mtu);
        Call(socket, SetMtu, request, $"have packets of {mtu} bytes on interface `{name}`");
        Call(socket, GetFlags, request, $"bring interface `{name}` up");
        var flags = BinaryPrimitives.ReadUInt16LittleEndian(request.AsSpan(ValueOffset));
        if ((flags & Up) != 0) return;
        BinaryPrimitives.WriteUInt16LittleEndian(request.AsSpan(ValueOffset), (ushort)(flags | Up));
        Call(socket, SetFlags, request, $"bring interface `{name}` up");
    });

    /// <summary>
    /// Has the kernel fill checksums in before the interface gets a packet: it leaves them to the interface's "hardware" otherwise, and
    /// virtual links never fill them in.
    /// </summary>
    /// <param name="name">the interface.</param>
    /// <param name="networkNamespace">from <see cref="NetworkNamespace.Open"/>.</param>
    /// <exception cref="LinuxException">ENODEV when there is no such interface.</exception>
    public static void FillInChecksums(string name, SafeFileHandle networkNamespace) => In(networkNamespace, name, (socket, request) => FillIn(socket, request, name));

    private static unsafe void FillIn(SafeFileHandle socket, byte[] request, string name)
    {
        var value = stackalloc uint[2];
        value[0] = SetTransmitChecksum;
        value[1] = 0;
        BinaryPrimitives.WriteInt64LittleEndian(request.AsSpan(ValueOffset), (nint)value);
        Call(socket, EthtoolCall, request, $"have checksums of interface `{name}` filled in");
    }

    private static void In(SafeFileHandle networkNamespace, string name, Action<SafeFileHandle, byte[]> set)
    {
        var request = new byte[RequestSize];
        if (name.Length is 0 or > MaxNameBytes || !Ascii.IsValid(name)) throw new ArgumentException($"interface name `{name}` must be 1 to {MaxNameBytes} characters", nameof(name));
        Encoding.ASCII.GetBytes(name, request);
        NetworkNamespace.Run(networkNamespace, () =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            using var handle = new SafeFileHandle(socket.Handle, ownsHandle: false);
            set(handle, request);
            return 0;
        });
    }

    private static unsafe void Call(SafeFileHandle socket, nuint call, byte[] request, string action)
    {
        fixed (byte* pointer = request)
        {
            if (Native.Ioctl(socket, call, (nint)pointer) < 0) throw new LinuxException(action, Marshal.GetLastPInvokeError());
        }
    }
}
