using System.Diagnostics;
using System.Net;
using Rempart.Bench.Report;

namespace Rempart.Bench.Requests;

/// <summary>Watchers of one project, and how long after a change was asked for each has its event.</summary>
internal sealed class WatchFanOut : IAsyncDisposable
{
    private const int StreamsOfConnection = 100;
    private readonly List<HttpClient> _clients = [];
    private readonly List<Task> _readers = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private Samples _times = new();
    private long _events;
    private long _sent;

    /// <summary>Events that watchers have read.</summary>
    internal long Events => Interlocked.Read(ref _events);

    /// <summary>Opens watches, 100 to a connection.</summary>
    internal static async Task<WatchFanOut> OpenAsync(BenchServer server, int watchers, CancellationToken cancellationToken)
    {
        var fan = new WatchFanOut();
        for (var i = 0; i < watchers; i++)
        {
            if (i % StreamsOfConnection == 0) fan._clients.Add(server.Client(i / StreamsOfConnection, HttpVersion.Version20));
            var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/namespaces/{ConfigMaps.Project}/configmaps?watch=1&resourceVersion={await VersionAsync(fan._clients[^1], cancellationToken)}&timeoutSeconds=600")
            {
                Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            var answer = await fan._clients[^1].SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!answer.IsSuccessStatusCode) throw new BenchException($"watch {i}: the server answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
            fan._readers.Add(Task.Run(() => fan.ReadAsync(answer), CancellationToken.None));
        }

        return fan;
    }

    /// <summary>Notes when a change is asked for, of which nobody has the event yet.</summary>
    internal void Sending() => Interlocked.Exchange(ref _sent, Stopwatch.GetTimestamp());

    /// <summary>What was measured since the last call.</summary>
    internal Samples Take()
    {
        lock (_gate) return Interlocked.Exchange(ref _times, new Samples());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_readers);
        _clients.ForEach(client => client.Dispose());
        _stop.Dispose();
    }

    private static async Task<string> VersionAsync(HttpClient client, CancellationToken cancellationToken)
    {
        var text = await client.GetStringAsync(new Uri($"/api/v1/namespaces/{ConfigMaps.Project}/configmaps?limit=1", UriKind.Relative), cancellationToken);
        const string Mark = "\"resourceVersion\":\"";
        var at = text.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length;
        return text[at..text.IndexOf('"', at)];
    }

    // An event is a line.
    private async Task ReadAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            var buffer = new byte[64 * 1024];
            try
            {
                await using var body = await answer.Content.ReadAsStreamAsync(_stop.Token);
                for (int read; (read = await body.ReadAsync(buffer, _stop.Token)) > 0;)
                {
                    var lines = buffer.AsSpan(0, read).Count((byte)'\n');
                    if (lines == 0) continue;
                    var time = Stopwatch.GetElapsedTime(Interlocked.Read(ref _sent));
                    Interlocked.Add(ref _events, lines);
                    lock (_gate) _times.Add(time);
                }
            }
            catch (Exception ended) when (ended is OperationCanceledException or IOException or HttpRequestException && _stop.IsCancellationRequested)
            {
                // The measurement is over.
            }
        }
    }
}
