using System.Net.Sockets;
using System.Text.Json;
using Rempart.Init.Services;

namespace Rempart.Init.Control;

/// <summary>Speaks to a running supervisor.</summary>
internal static class ControlClient
{
    private const int MaxAnswer = 1 << 20;

    /// <exception cref="SocketException">none runs.</exception>
    internal static async Task<ControlAnswer> AskAsync(string path, ControlRequest request, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(request, InitJson.Default.ControlRequest), (byte)'\n'];
        await socket.SendAsync(line, cancellationToken);
        using var answer = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await socket.ReceiveAsync(buffer, cancellationToken)) > 0 && answer.Length < MaxAnswer;) answer.Write(buffer.AsSpan(0, read));
        return JsonSerializer.Deserialize(answer.ToArray(), InitJson.Default.ControlAnswer) ?? throw new InvalidDataException("the supervisor answered nothing");
    }
}
