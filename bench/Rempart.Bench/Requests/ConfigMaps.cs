using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Rempart.Bench.Requests;

/// <summary>Requests about ConfigMaps of one KiB.</summary>
internal sealed class ConfigMaps : IDisposable
{
    internal const string Project = "bench";
    private const string Collection = $"/api/v1/namespaces/{Project}/configmaps";
    private static readonly string _padding = new('x', 800);
    private readonly List<HttpClient> _clients = [];
    private readonly BenchServer _server;

    internal ConfigMaps(BenchServer server, int clients)
    {
        _server = server;
        for (var i = 0; i < clients; i++) _clients.Add(server.Client(i));
    }

    /// <summary>Opens all connections and lets the server compile what it runs.</summary>
    internal async Task WarmAsync()
    {
        foreach (var client in _clients) await CheckAsync(await client.GetAsync(new Uri("/api/v1/namespaces", UriKind.Relative)));
    }

    internal async Task ProjectAsync()
    {
        using var client = _server.Client(0);
        await CheckAsync(await client.PostAsync(new Uri("/api/v1/namespaces", UriKind.Relative), Json($$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{Project}}}"}}""")));
    }

    internal Task CreateAsync(int client, string name) => SendAsync(client, HttpMethod.Post, Collection, Document(name, "0"));

    internal Task GetAsync(int client, string name) => SendAsync(client, HttpMethod.Get, $"{Collection}/{name}", null);

    internal Task UpdateAsync(int client, string name, string value) => SendAsync(client, HttpMethod.Put, $"{Collection}/{name}", Document(name, value));

    internal Task DeleteAsync(int client, string name) => SendAsync(client, HttpMethod.Delete, $"{Collection}/{name}", null);

    internal Task ApplyAsync(int client, string name, string value) =>
        SendAsync(client, HttpMethod.Patch, $"{Collection}/{name}?fieldManager=bench&force=true", Document(name, value), "application/apply-patch+yaml");

    /// <summary>Lists all; its bytes.</summary>
    internal async Task<long> ListAsync(int client, string query)
    {
        using var answer = await _clients[client].GetAsync(new Uri($"{Collection}?{query}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        var buffer = new byte[256 * 1024];
        await using var body = await answer.Content.ReadAsStreamAsync();
        long bytes = 0;
        for (int read; (read = await body.ReadAsync(buffer)) > 0;) bytes += read;
        return bytes;
    }

    public void Dispose() => _clients.ForEach(client => client.Dispose());

    private static string Document(string name, string value) =>
        $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}","namespace":"{{{Project}}}","labels":{"app":"bench"}},"data":{"value":"{{{value}}}","padding":"{{{_padding}}}"}}""";

    private static StringContent Json(string text) => new(text, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    private async Task SendAsync(int client, HttpMethod method, string path, string? body, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(method, path) { Version = HttpVersion.Version11 };
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(contentType));
        await CheckAsync(await _clients[client].SendAsync(request));
    }

    private static async Task CheckAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            if (!answer.IsSuccessStatusCode) throw new BenchException($"the server answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        }
    }
}
