using System.Buffers.Binary;
using Rempart.Protocols.Protobuf;

namespace Rempart.Protocols.Grpc;

/// <summary>A length-prefixed message: one byte that says whether it is compressed (never here), four of length, the message.</summary>
public static class GrpcFrame
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderBytes = 5;

    /// <summary>A writer of a message with room for its header.</summary>
    /// <param name="capacity">How large the message is likely to get.</param>
    public static ProtoWriter NewMessage(int capacity) => new(HeaderBytes, capacity);

    /// <summary>The header and the message.</summary>
    /// <param name="message">What <see cref="NewMessage"/> returned.</param>
    public static ReadOnlyMemory<byte> Complete(ProtoWriter message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var frame = message.Written;
        frame.Span[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(frame.Span[1..], frame.Length - HeaderBytes);
        return frame;
    }

    /// <summary>Reads the next message; nothing is found at the end of the answer.</summary>
    internal static async ValueTask<(bool Found, T? Message)> ReadAsync<T>(Stream stream, int limit, GrpcParser<T> parse, CancellationToken cancellationToken)
    {
        var header = new byte[HeaderBytes];
        var read = await stream.ReadAtLeastAsync(header, HeaderBytes, throwOnEndOfStream: false, cancellationToken);
        if (read == 0) return (false, default);
        if (read < HeaderBytes) throw new GrpcException(GrpcStatus.Unavailable, "the answer ended within a message", inner: null);
        if (header[0] != 0) throw new GrpcException(GrpcStatus.Internal, "the answer is compressed though that was not offered", inner: null);
        var length = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(1));
        if (length > (uint)limit)
        {
            throw new GrpcException(GrpcStatus.ResourceExhausted, $"the answer has {length} bytes and {limit} are allowed", inner: null) { IsTooLarge = true };
        }

        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            await stream.ReadExactlyAsync(buffer.AsMemory(0, (int)length), cancellationToken);
            return (true, parse(buffer.AsSpan(0, (int)length)));
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
