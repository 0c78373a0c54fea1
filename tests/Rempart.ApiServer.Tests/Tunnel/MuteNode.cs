using Rempart.Api.Tunnel;

namespace Rempart.ApiServer.Tests.Tunnel;

/// <summary>A node whose tunnel stands and that does not open the streams it is asked for; or that begins them with something else.</summary>
/// <param name="http">The node's connection.</param>
/// <param name="bytes">What it sends as the beginning of each stream; null to send none.</param>
internal sealed class MuteNode(HttpClient http, byte[]? bytes = null) : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource stands = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task running = Task.CompletedTask;
    private int asked;

    /// <summary>Streams that the server has asked for.</summary>
    public int Asked => Volatile.Read(ref asked);

    public async Task StandAsync()
    {
        running = RunAsync();
        await await Task.WhenAny(stands.Task, running);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, TunnelLimits.Path("n1", null)) { Version = new(2, 0) };
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop.Token);
        response.EnsureSuccessStatusCode();
        await using var lines = await response.Content.ReadAsStreamAsync(stop.Token);
        await foreach (var message in TunnelLines.ReadAsync(lines, stop.Token))
        {
            stands.TrySetResult();
            if (message.Open is not { } opening) continue;
            Interlocked.Increment(ref asked);
            if (bytes is null) continue;
            using var content = new ByteArrayContent(bytes);
            using var stream = new HttpRequestMessage(HttpMethod.Post, TunnelLimits.Path("n1", opening.Id)) { Content = content, Version = new(2, 0) };
            try
            {
                using var answer = await http.SendAsync(stream, HttpCompletionOption.ResponseHeadersRead, stop.Token);
            }
            catch (HttpRequestException)
            {
                // The server breaks what it does not understand.
            }
        }
    }
}
