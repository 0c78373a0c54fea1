using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Rempart.Linux;

/// <summary>Whether the kernel leaves checksums of what an interface sends to its "hardware". Virtual links never fill them in.</summary>
public static class TransmitChecksum
{
    private const nuint EthtoolCall = 0x8946; // SIOCETHTOOL
    private const uint SetTransmitChecksum = 0x17; // ETHTOOL_STXCSUM
    private const int InterfaceRequestSize = 40;
    private const int MaxNameBytes = 15;

    /// <summary>Has the kernel fill checksums in before the interface gets a packet.</summary>
    /// <param name="name">the interface.</param>
    /// <param name="networkNamespace">from <see cref="NetworkNamespace.Open"/>.</param>
    /// <exception cref="LinuxException">ENODEV when there is no such interface.</exception>
    public static void FillIn(string name, SafeFileHandle networkNamespace)
    {
        var bytes = Encoding.ASCII.GetBytes(name);
        if (bytes.Length is 0 or > MaxNameBytes) throw new ArgumentException($"interface name `{name}` must be 1 to {MaxNameBytes} characters", nameof(name));
        NetworkNamespace.Run(networkNamespace, () => FillInHere(name, bytes));
    }

    private static unsafe int FillInHere(string name, byte[] nameBytes)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using var handle = new SafeFileHandle(socket.Handle, ownsHandle: false);
        var value = stackalloc uint[2];
        value[0] = SetTransmitChecksum;
        value[1] = 0;
        var request = stackalloc byte[InterfaceRequestSize];
        new Span<byte>(request, InterfaceRequestSize).Clear();
        nameBytes.CopyTo(new Span<byte>(request, MaxNameBytes));
        *(void**)(request + 16) = value;
        if (Native.Ioctl(handle, EthtoolCall, (nint)request) < 0)
            throw new LinuxException($"have checksums of interface `{name}` filled in", Marshal.GetLastPInvokeError());
        return 0;
    }
}
