using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rempart.Linux;

/// <summary>Bytes and open descriptors over a connected unix socket (SCM_RIGHTS, unix(7)).</summary>
public static class DescriptorSocket
{
    /// <summary>Most descriptors in one message; the kernel's own limit is 253.</summary>
    public const int MaxDescriptors = 16;

    // cmsghdr: length (8), level (4), type (4); then the descriptors, aligned to 8.
    private const int ControlHeader = 16;

    /// <summary>
    /// Sends all of <paramref name="data"/>; <paramref name="descriptors"/> go with its first byte. The receiver gets copies:
    /// the caller still owns its own.
    /// </summary>
    /// <exception cref="LinuxException">EPIPE and friends when the peer is gone.</exception>
    public static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> data, IReadOnlyList<SafeHandle> descriptors, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(data.Length, nameof(data));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(descriptors.Count, MaxDescriptors, nameof(descriptors));
        var sent = 0;
        while (sent < data.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = SendOnce(socket, data.Span[sent..], sent == 0 ? descriptors : []);
            if (count >= 0) sent += count;
            else await Task.Delay(TimeSpan.FromMilliseconds(2), time, cancellationToken);
        }
    }

    /// <summary>
    /// Reads what has arrived into <paramref name="buffer"/> and returns its length, 0 at the end of the stream. Descriptors
    /// that came with it are added to <paramref name="received"/>, closed on exec. More than <see cref="MaxDescriptors"/> in one
    /// message is an error and none of them is kept.
    /// </summary>
    public static async Task<int> ReceiveAsync(Socket socket, Memory<byte> buffer, ICollection<SafeFileHandle> received, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(buffer.Length, nameof(buffer));
        while (true)
        {
            // A zero-byte receive completes when there is something to read, without taking it.
            await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellationToken);
            var count = ReceiveOnce(socket, buffer.Span, received);
            if (count >= 0) return count;
        }
    }

    private static unsafe int SendOnce(Socket socket, ReadOnlySpan<byte> data, IReadOnlyList<SafeHandle> descriptors)
    {
        var control = stackalloc byte[ControlHeader + (MaxDescriptors * sizeof(int))];
        fixed (byte* bytes = data)
        {
            var vector = new Native.IoVector { Base = (nint)bytes, Length = (nuint)data.Length };
            var message = new Native.MessageHeader { Vectors = (nint)(&vector), VectorCount = 1 };
            var held = 0;
            try
            {
                for (; held < descriptors.Count; held++)
                {
                    var added = false;
                    descriptors[held].DangerousAddRef(ref added);
                    ((int*)(control + ControlHeader))[held] = (int)descriptors[held].DangerousGetHandle();
                }
                if (held > 0)
                {
                    var length = ControlHeader + (held * sizeof(int));
                    *(nuint*)control = (nuint)length;
                    ((int*)control)[2] = Native.SOL_SOCKET;
                    ((int*)control)[3] = Native.SCM_RIGHTS;
                    message.Control = (nint)control;
                    message.ControlLength = (nuint)((length + 7) & ~7);
                }
                var count = Native.SendMessage(socket.SafeHandle, &message, Native.MSG_NOSIGNAL | Native.MSG_DONTWAIT);
                if (count >= 0) return (int)count;
                var errno = Marshal.GetLastPInvokeError();
                return errno is Errno.EAGAIN or Errno.EINTR ? -1 : throw new LinuxException("send on a unix socket", errno);
            }
            finally
            {
                while (held-- > 0) descriptors[held].DangerousRelease();
            }
        }
    }

    private static unsafe int ReceiveOnce(Socket socket, Span<byte> buffer, ICollection<SafeFileHandle> received)
    {
        const int controlSize = ControlHeader + (MaxDescriptors * sizeof(int));
        var control = stackalloc byte[controlSize];
        fixed (byte* bytes = buffer)
        {
            var vector = new Native.IoVector { Base = (nint)bytes, Length = (nuint)buffer.Length };
            var message = new Native.MessageHeader { Vectors = (nint)(&vector), VectorCount = 1, Control = (nint)control, ControlLength = controlSize };
            var count = Native.ReceiveMessage(socket.SafeHandle, &message, Native.MSG_DONTWAIT | Native.MSG_CMSG_CLOEXEC);
            if (count < 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                return errno is Errno.EAGAIN or Errno.EINTR ? -1 : throw new LinuxException("receive on a unix socket", errno);
            }
            var handles = TakeDescriptors(control, (int)message.ControlLength);
            if ((message.Flags & Native.MSG_CTRUNC) != 0)
            {
                foreach (var handle in handles) handle.Dispose();
                throw new LinuxException($"receive more than {MaxDescriptors} descriptors in one message", Errno.EINVAL);
            }
            foreach (var handle in handles) received.Add(handle);
            return (int)count;
        }
    }

    private static unsafe List<SafeFileHandle> TakeDescriptors(byte* control, int length)
    {
        var handles = new List<SafeFileHandle>();
        for (var at = 0; at + ControlHeader <= length;)
        {
            var size = (int)*(nuint*)(control + at);
            if (size < ControlHeader || at + size > length) break;
            if (((int*)(control + at))[2] == Native.SOL_SOCKET && ((int*)(control + at))[3] == Native.SCM_RIGHTS)
            {
                for (var item = at + ControlHeader; item + sizeof(int) <= at + size; item += sizeof(int))
                    handles.Add(new SafeFileHandle(*(int*)(control + item), ownsHandle: true));
            }
            at += (size + 7) & ~7;
        }
        return handles;
    }
}
