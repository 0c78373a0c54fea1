using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Rempart.Node.Names;
using Rempart.Protocols.Dns;
using Rempart.Testing.Time;

namespace Rempart.Node.Tests.Names;

public sealed class NameUpstreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_project_whose_questions_nobody_answers_takes_no_place_of_anothers()
    {
        using var forwarder = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var upstream = new NameUpstream((IPEndPoint)forwarder.Client.LocalEndPoint!, new ManualTime());
        var pending = Enumerable.Range(0, NameUpstream.MaxOfProject).Select(i => upstream.AskAsync("red", Query($"slow{i}"), datagram: true, end.Token)).ToList();
        for (var i = 0; i < pending.Count; i++) await forwarder.ReceiveAsync(Token);
        Assert.Null(await upstream.AskAsync("red", Query("one-more"), datagram: true, end.Token));

        var blue = upstream.AskAsync("blue", Query("blue"), datagram: true, end.Token);
        var question = await forwarder.ReceiveAsync(Token);
        Assert.Equal(DnsCode.NoError, DnsQuery.Read(question.Buffer, out var asked));
        Assert.Equal("blue", asked!.Name);
        question.Buffer[2] |= 0x80;
        await forwarder.SendAsync(question.Buffer, question.RemoteEndPoint, Token);
        Assert.NotNull(await blue);

        Assert.DoesNotContain(pending, ask => ask.IsCompleted);
        await end.CancelAsync();
        foreach (var ask in pending) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ask);
        using var later = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var again = upstream.AskAsync("red", Query("again"), datagram: true, later.Token);
        await forwarder.ReceiveAsync(Token);
        await later.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => again);
    }

    private static DnsQuery Query(string name)
    {
        var message = new byte[12 + 1 + name.Length + 1 + 4];
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(4), 1);
        message[12] = (byte)name.Length;
        Encoding.ASCII.GetBytes(name, message.AsSpan(13));
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(14 + name.Length), DnsType.Address);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(16 + name.Length), DnsType.Internet);
        Assert.Equal(DnsCode.NoError, DnsQuery.Read(message, out var query));
        return query!;
    }
}
