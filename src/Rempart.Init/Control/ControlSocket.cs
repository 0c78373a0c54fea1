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

    /// <summary>Returns when a request ends this supervisor, with the answer sent: true when it leaves its services running, false when they were stopped.</summary>
    internal async Task<bool> ServeAsync(CancellationToken cancellationToken)
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
                if (await AnswerAsync(connection, cancellationToken) is { } leaves) return leaves;
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    // Null when it goes on.
    private async Task<bool?> AnswerAsync(Socket connection, CancellationToken cancellationToken)
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
            var (answer, leaves) = await DoAsync(buffer.AsSpan(0, length).ToArray(), cancellationToken);
            await connection.SendAsync(JsonSerializer.SerializeToUtf8Bytes(answer, InitJson.Default.ControlAnswer), cancellationToken);
            return leaves;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<(ControlAnswer Answer, bool? Leaves)> DoAsync(byte[] json, CancellationToken cancellationToken)
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
                case "leave":
                    await supervisor.LeaveAsync(cancellationToken);
                    break;
                default:
                    throw new InvalidDataException($"unknown verb `{request.Verb}`");
            }
            return (supervisor.Answer(), request is { Service: null, Verb: "stop" or "leave" } ? request.Verb == "leave" : null);
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException or IOException)
        {
            return (supervisor.Answer(exception.Message), null);
        }
    }
}
