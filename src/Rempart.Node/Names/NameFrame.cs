using System.Buffers.Binary;

namespace Rempart.Node.Names;

/// <summary>Messages over TCP: two bytes of length before each (RFC 1035 section 4.2.2).</summary>
internal static class NameFrame
{
    /// <returns>null at the end of the stream.</returns>
    /// <exception cref="EndOfStreamException">it ends within a message.</exception>
    internal static async Task<byte[]?> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        var length = new byte[2];
        if (await stream.ReadAtLeastAsync(length, 2, throwOnEndOfStream: false, cancellation) < 2) return null;
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(message, cancellation);
        return message;
    }

    internal static async Task WriteAsync(Stream stream, byte[] message, CancellationToken cancellation)
    {
        var frame = new byte[2 + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)message.Length);
        message.CopyTo(frame, 2);
        await stream.WriteAsync(frame, cancellation);
    }
}
