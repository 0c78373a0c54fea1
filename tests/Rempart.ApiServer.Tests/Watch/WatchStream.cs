using System.Text.Json.Nodes;

namespace Rempart.ApiServer.Tests.Watch;

/// <summary>Reads a watch line by line.</summary>
internal sealed class WatchStream : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;

    private WatchStream(HttpResponseMessage response, StreamReader reader) => (_response, _reader) = (response, reader);

    public JsonNode? Last { get; private set; }

    public string LastVersion => Last!["object"]!["metadata"]!["resourceVersion"]!.GetValue<string>();

    public static async Task<WatchStream> OpenAsync(HttpClient client, string path)
    {
        var response = await client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        return new WatchStream(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    /// <summary>Type and name of the next event; null at the end.</summary>
    public async Task<string?> NextAsync()
    {
        if (await LineAsync() is not { } line) return null;
        Last = JsonNode.Parse(line);
        return $"{Last!["type"]} {Last["object"]!["metadata"]!["name"]}";
    }

    /// <summary>The next line as it is; null at the end.</summary>
    public async Task<string?> LineAsync() => await _reader.ReadLineAsync().WaitAsync(Patience);

    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        _response.Dispose();
        return ValueTask.CompletedTask;
    }
}
