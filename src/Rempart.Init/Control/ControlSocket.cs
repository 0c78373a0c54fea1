using System.Net.Sockets;
using System.Text.Json;
using Rempart.Init.Services;
using Rempart.Init.Supervision;

namespace Rempart.Init.Control;

/// <summary>The socket that `rempart-init status|stop|restart|reload` speak to: one request and one answer a connection, root only.</summary>
internal sealed class ControlSocket(string path, Supervisor supervisor, TimeProvider time)
{
    private const int MaxRequest = 4096;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Returns when everything was stopped on request, and the answer sent.</summary>
    internal async Task ServeAsync(CancellationToken cancellationToken)
    {
        File.Delete(path);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        listener.Listen(8);
        try
        {
            while (true)
            {
                using var connection = await listener.AcceptAsync(cancellationToken);
                if (await AnswerAsync(connection, cancellationToken)) return;
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private async Task<bool> AnswerAsync(Socket connection, CancellationToken cancellationToken)
    {
        // Whoever connects and says nothing must not hold up the next.
        using var timer = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            var buffer = new byte[MaxRequest];
            var length = 0;
            while (length < buffer.Length && !buffer.AsSpan(0, length).Contains((byte)'\n'))
            {
                var read = await connection.ReceiveAsync(buffer.AsMemory(length), either.Token);
                if (read == 0) break;
                length += read;
            }
            var (answer, stopped) = await DoAsync(buffer.AsSpan(0, length).ToArray(), cancellationToken);
            await connection.SendAsync(JsonSerializer.SerializeToUtf8Bytes(answer, InitJson.Default.ControlAnswer), cancellationToken);
            return stopped;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<(ControlAnswer Answer, bool Stopped)> DoAsync(byte[] json, CancellationToken cancellationToken)
    {
        try
        {
            var request = JsonSerializer.Deserialize(json, InitJson.Default.ControlRequest) ?? throw new InvalidDataException("the request is `null`");
            switch (request.Verb)
            {
                case "status":
                    break;
                case "restart":
                    await supervisor.RestartAsync(request.Service ?? throw new InvalidDataException("which service?"));
                    break;
                case "reload":
                    await supervisor.ReloadAsync(cancellationToken);
                    break;
                case "stop" when request.Service is { } name:
                    await supervisor.StopAsync(name, cancellationToken);
                    break;
                case "stop":
                    await supervisor.StopAsync(cancellationToken);
                    break;
                default:
                    throw new InvalidDataException($"unknown verb `{request.Verb}`");
            }
            return (supervisor.Answer(), request is { Verb: "stop", Service: null });
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException or IOException)
        {
            return (supervisor.Answer(exception.Message), false);
        }
    }
}
