using System.Net.Sockets;
using System.Text;
using Rempart.Protocols.Qmp;

namespace Rempart.Protocols.Tests.Qmp;

/// <summary>The other end of a monitor: a test writes its lines and reads the client's.</summary>
internal sealed class ScriptedQemu : IAsyncDisposable
{
    internal const string Greeting = """{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "Debian"}, "capabilities": ["oob"]}}""";
    private readonly NetworkStream stream;
    private readonly StreamReader reader;

    private ScriptedQemu(Socket socket)
    {
        stream = new NetworkStream(socket, ownsSocket: true);
        reader = new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: 1, leaveOpen: true);
    }

    /// <summary>Both ends of a connection.</summary>
    internal static async Task<(ScriptedQemu Peer, Stream Client)> ConnectAsync(CancellationToken cancellationToken)
    {
        var path = Path.Combine(Path.GetTempPath(), $"rempart-qmp-{Guid.NewGuid():N}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        var server = await listener.AcceptAsync(cancellationToken);
        File.Delete(path);
        return (new ScriptedQemu(server), new NetworkStream(client, ownsSocket: true));
    }

    /// <summary>A session past its greeting and capabilities.</summary>
    internal static async Task<(ScriptedQemu Peer, QmpClient Client)> StartAsync(QmpOptions options, CancellationToken cancellationToken)
    {
        var (peer, stream) = await ConnectAsync(cancellationToken);
        var starting = QmpClient.StartAsync(stream, sender: null, options, TimeProvider.System, cancellationToken);
        await peer.SayAsync(Greeting, cancellationToken);
        Assert.Contains("qmp_capabilities", await peer.HearAsync(cancellationToken), StringComparison.Ordinal);
        await peer.SayAsync("""{"return": {}, "id": "1"}""", cancellationToken);
        return (peer, await starting);
    }

    internal async Task SayAsync(string line, CancellationToken cancellationToken) => await SayBytesAsync(Encoding.UTF8.GetBytes(line + "\r\n"), cancellationToken);

    internal async Task SayBytesAsync(byte[] bytes, CancellationToken cancellationToken) => await stream.WriteAsync(bytes, cancellationToken);

    internal async Task<string> HearAsync(CancellationToken cancellationToken) => await reader.ReadLineAsync(cancellationToken) ?? "";

    public async ValueTask DisposeAsync()
    {
        reader.Dispose();
        await stream.DisposeAsync();
    }
}
