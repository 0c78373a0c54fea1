using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Rempart.Linux;

/// <summary>
/// Makes a listening unix socket to hand to another process. The framework's own socket won't do: it deletes the path it was bound
/// to when it is disposed, and a path through a descriptor's number may be another folder's by then.
/// </summary>
public static class ListeningSocket
{
    private const int Unix = 1; // AF_UNIX
    private const int Stream = 1; // SOCK_STREAM
    private const int MaxPathBytes = 107;

    /// <summary>Listens at <paramref name="name"/> in a folder, for the owner alone (mode 0600); nothing may be there yet.</summary>
    /// <exception cref="LinuxException">EADDRINUSE when something is.</exception>
    public static unsafe SafeFileHandle Create(FolderHandle folder, string name, int backlog)
    {
        var path = folder.PathOf(name);
        var bytes = Encoding.UTF8.GetBytes(path);
        if (bytes.Length > MaxPathBytes) throw new ArgumentException($"socket name `{name}` is too long", nameof(name));
        var socket = Native.Socket(Unix, Stream | Native.O_CLOEXEC, 0);
        if (socket.IsInvalid) throw LinuxException.Last("make a unix socket");
        var address = stackalloc byte[2 + MaxPathBytes + 1];
        new Span<byte>(address, 2 + MaxPathBytes + 1).Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(new Span<byte>(address, 2), Unix);
        bytes.CopyTo(new Span<byte>(address + 2, MaxPathBytes));
        if (Native.Bind(socket, address, (uint)(2 + bytes.Length + 1)) == 0)
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            if (Native.Listen(socket, backlog) == 0) return socket;
        }
        var errno = Marshal.GetLastPInvokeError();
        socket.Dispose();
        throw new LinuxException($"listen at `{name}`", errno);
    }
}
