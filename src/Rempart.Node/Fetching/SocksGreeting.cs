using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rempart.Node.Fetching;

/// <summary>The messages of SOCKS5 (RFC 1928) that a proxy without authentication reads and writes: at most 519 bytes.</summary>
internal static class SocksGreeting
{
    internal const byte Succeeded = 0;
    internal const byte NotAllowed = 2;
    internal const byte HostUnreachable = 4;
    internal const byte Refused = 5;
    private const byte Version = 5;
    private const byte Connect = 1;

    /// <summary>Reads both messages of a client, up to where it wants to go.</summary>
    /// <exception cref="IOException">it speaks something else.</exception>
    internal static async Task<(string Host, int Port)> ReadAsync(Socket client, CancellationToken cancellationToken)
    {
        var methods = await ReadAsync(client, 2, cancellationToken);
        if (methods[0] != Version || !(await ReadAsync(client, methods[1], cancellationToken)).Contains((byte)0)) throw Other();
        await client.SendAsync((byte[])[Version, 0], cancellationToken);
        var request = await ReadAsync(client, 4, cancellationToken);
        if (request is not [Version, Connect, 0, _]) throw Other();
        var host = request[3] switch
        {
            1 => new IPAddress(await ReadAsync(client, 4, cancellationToken)).ToString(),
            3 => Name(await ReadAsync(client, (await ReadAsync(client, 1, cancellationToken))[0], cancellationToken)),
            4 => new IPAddress(await ReadAsync(client, 16, cancellationToken)).ToString(),
            _ => throw Other(),
        };
        return (host, BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(client, 2, cancellationToken)));
    }

    /// <summary>Says what came of it.</summary>
    internal static Task AnswerAsync(Socket client, byte answer, CancellationToken cancellationToken) =>
        client.SendAsync((byte[])[Version, answer, 0, 1, 0, 0, 0, 0, 0, 0], cancellationToken).AsTask();

    // Names go to the host's resolver: letters, digits, dots and hyphens, and an address's colons.
    private static string Name(byte[] bytes)
    {
        var name = Encoding.ASCII.GetString(bytes);
        return name.Length > 0 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or ':') ? name : throw Other();
    }

    private static async Task<byte[]> ReadAsync(Socket client, int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        for (var have = 0; have < count;)
        {
            var read = await client.ReceiveAsync(bytes.AsMemory(have), cancellationToken);
            if (read == 0) throw new IOException("the fetcher has hung up");
            have += read;
        }

        return bytes;
    }

    private static IOException Other() => new("the fetcher speaks something else than SOCKS5");
}
