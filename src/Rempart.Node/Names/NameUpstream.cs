using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Rempart.Protocols.Dns;

namespace Rempart.Node.Names;

/// <summary>
/// The instance's own forwarder. Each question has a socket, a port and a number of its own: no guest's answer is another's. A project
/// that asks for names whose servers never answer keeps its own places only.
/// </summary>
internal sealed class NameUpstream(IPEndPoint server, TimeProvider time) : INameUpstream
{
    /// <summary>Fewer than the forwarder takes (`--dns-forward-max`).</summary>
    private const int MaxAtOnce = 256;

    internal const int MaxOfProject = 64;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(4);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _asking = new(StringComparer.Ordinal);
    private int _all;

    public async Task<byte[]?> AskAsync(string project, DnsQuery query, bool datagram, CancellationToken cancellation)
    {
        if (!Enter(project)) return null;
        using var limit = new CancellationTokenSource(_patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            var id = BinaryPrimitives.ReadUInt16LittleEndian(RandomNumberGenerator.GetBytes(2));
            var question = query.ToMessage(id, NameZone.Payload);
            var answer = datagram ? await OverUdpAsync(query, question, id, both.Token) : await OverTcpAsync(question, both.Token);
            if (!query.IsAnswer(answer, id)) return null;
            BinaryPrimitives.WriteUInt16BigEndian(answer, query.Id);
            return datagram && answer.Length > NameZone.LimitOf(query) ? DnsAnswer.Truncate(answer, query.Question.Length) : answer;
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested && exception is OperationCanceledException or SocketException or EndOfStreamException or IOException)
        {
            return null;
        }
        finally
        {
            Leave(project);
        }
    }

    private bool Enter(string project)
    {
        lock (_gate)
        {
            var count = _asking.GetValueOrDefault(project);
            if (_all >= MaxAtOnce || count >= MaxOfProject) return false;
            _all++;
            _asking[project] = count + 1;
            return true;
        }
    }

    private void Leave(string project)
    {
        lock (_gate)
        {
            _all--;
            if (--_asking[project] == 0) _asking.Remove(project);
        }
    }

    private async Task<byte[]> OverUdpAsync(DnsQuery query, byte[] question, ushort id, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellation);
        await socket.SendAsync(question, cancellation);
        var buffer = new byte[ushort.MaxValue];
        while (true)
        {
            var count = await socket.ReceiveAsync(buffer, cancellation);
            if (query.IsAnswer(buffer.AsSpan(0, count), id)) return buffer[..count];
        }
    }

    private async Task<byte[]> OverTcpAsync(byte[] question, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, cancellation);
        await using var stream = new NetworkStream(socket);
        await NameFrame.WriteAsync(stream, question, cancellation);
        return await NameFrame.ReadAsync(stream, cancellation) ?? throw new EndOfStreamException();
    }
}
