using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Rempart.Linux;

namespace Rempart.Node.Fetching;

/// <summary>
/// The only way out of a fetcher's jail: a SOCKS5 proxy (RFC 1928, CONNECT without authentication) on a unix socket. It looks up the name,
/// holds each address to the rules, and connects to the very address that it checked, so that no second answer of a name server counts.
/// Every redirect comes through it again. What passes is not looked at.
/// </summary>
internal sealed class EgressBroker : IAsyncDisposable
{
    internal const int AtATime = 8;
    internal const int Altogether = 64;
    private const int Backlog = 16;
    private const int MostRefusals = 4;
    private static readonly TimeSpan Greeting = TimeSpan.FromSeconds(10);
    private readonly CancellationTokenSource stop = new();
    private readonly EgressRules rules;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> resolve;
    private readonly TimeProvider time;
    private readonly Socket listener;
    private readonly Task accepting;
    private readonly Lock telling = new();
    private readonly List<string> refusals = [];

    /// <param name="folder">where nobody else comes; the socket is made in it.</param>
    /// <param name="rules">where it leads.</param>
    /// <param name="resolve">looks up names.</param>
    /// <param name="time">clock of deadlines.</param>
    internal EgressBroker(string folder, EgressRules rules, Func<string, CancellationToken, Task<IPAddress[]>> resolve, TimeProvider time)
    {
        (this.rules, this.resolve, this.time) = (rules, resolve, time);
        using var place = FolderHandle.Open(folder);
        using var handle = ListeningSocket.Create(place, "egress", Backlog);
        // The jail's user connects by the descriptor; the folder lets nobody come by the path.
        File.SetUnixFileMode(place.PathOf("egress"), (UnixFileMode)0b110_110_110);
        Handle = PathHandle.Open(place.PathOf("egress"));
        listener = new Socket(new SafeSocketHandle(handle.DangerousGetHandle(), ownsHandle: true));
        handle.SetHandleAsInvalid();
        accepting = AcceptAsync();
    }

    /// <summary>For the jail.</summary>
    internal SafeFileHandle Handle { get; }

    /// <summary>What was not allowed, a few sentences; empty when nothing was tried.</summary>
    internal IReadOnlyList<string> Refusals
    {
        get
        {
            lock (telling) return [.. refusals];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await accepting;
        Handle.Dispose();
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> serving = [];
        try
        {
            for (var count = 0; count < Altogether; count++)
            {
                var client = await listener.AcceptAsync(stop.Token);
                serving.Add(ServeAsync(client));
                serving.RemoveAll(task => task.IsCompleted);
                if (serving.Count >= AtATime) await Task.WhenAny(serving);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The run is over.
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(Socket client)
    {
        using var _ = client;
        try
        {
            using var patience = new CancellationTokenSource(Greeting, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop.Token);
            var (host, port) = await SocksGreeting.ReadAsync(client, either.Token);
            using var server = await ConnectAsync(client, host, port);
            if (server is null) return;
            await SocksGreeting.AnswerAsync(client, SocksGreeting.Succeeded, stop.Token);
            await SocketRelay.RunAsync(client, server, time, stop.Token);
        }
        catch (Exception cut) when (cut is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The fetcher finds its connection closed, and says so.
        }
    }

    // Null when it was answered with why not.
    private async Task<Socket?> ConnectAsync(Socket client, string host, int port)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop.Token);
        var answer = SocksGreeting.HostUnreachable;
        try
        {
            foreach (var address in await resolve(host, either.Token))
            {
                if (rules.Problem(address, port) is { } problem)
                {
                    Tell($"`{host}` leads to `{new IPEndPoint(address, port)}`: {problem}");
                    answer = SocksGreeting.NotAllowed;
                    continue;
                }

                var server = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                // An address that swallows packets must leave time for the next one.
                using var turn = new CancellationTokenSource(TimeSpan.FromSeconds(6), time);
                using var first = CancellationTokenSource.CreateLinkedTokenSource(turn.Token, either.Token);
                try
                {
                    await server.ConnectAsync(new IPEndPoint(address, port), first.Token);
                    return server;
                }
                catch (Exception failed) when (failed is SocketException or OperationCanceledException)
                {
                    server.Dispose();
                    answer = SocksGreeting.Refused;
                    if (either.IsCancellationRequested) break;
                }
            }
        }
        catch (Exception unknown) when (unknown is SocketException or OperationCanceledException or ArgumentException)
        {
            // No address.
        }

        await SocksGreeting.AnswerAsync(client, answer, stop.Token);
        return null;
    }

    private void Tell(string refusal)
    {
        lock (telling)
        {
            if (refusals.Count < MostRefusals && !refusals.Contains(refusal, StringComparer.Ordinal)) refusals.Add(refusal);
        }
    }
}
