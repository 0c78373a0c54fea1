using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Rempart.Clients.Tests.Histories;

/// <summary>A client that never repeats anything and writes down what it asked for and heard.</summary>
/// <param name="http">Its connection.</param>
/// <param name="collection">Path of the ConfigMaps that it works on.</param>
/// <param name="name">For people.</param>
/// <param name="recorded">Takes what it has done.</param>
internal sealed class HistoryClient(HttpClient http, string collection, string name, Action<Operation> recorded)
{
    public Task<Operation?> CreateAsync(string key, int value, CancellationToken cancellationToken) =>
        AskAsync(OperationKind.Create, key, value, 0, HttpMethod.Post, collection, Map(key, value, 0), cancellationToken);

    /// <summary>Replaces; only the version that is expected unless that is 0.</summary>
    public Task<Operation?> UpdateAsync(string key, int value, long expected, CancellationToken cancellationToken) =>
        AskAsync(OperationKind.Update, key, value, expected, HttpMethod.Put, $"{collection}/{key}", Map(key, value, expected), cancellationToken);

    public Task<Operation?> DeleteAsync(string key, long expected, CancellationToken cancellationToken) =>
        AskAsync(OperationKind.Delete, key, 0, expected, HttpMethod.Delete, $"{collection}/{key}",
            expected == 0 ? "{}" : $$$"""{"preconditions":{"resourceVersion":"{{{expected.ToString(CultureInfo.InvariantCulture)}}}"}}""", cancellationToken);

    public Task<Operation?> ReadAsync(string key, CancellationToken cancellationToken) =>
        AskAsync(OperationKind.Read, key, 0, 0, HttpMethod.Get, $"{collection}/{key}", null, cancellationToken);

    /// <summary>Reads all of it; each of the keys counts as a read of its own. Null when it was not answered.</summary>
    public async Task<ListSeen?> ListAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var called = Stopwatch.GetTimestamp();
        var (code, body) = await SendAsync(HttpMethod.Get, collection, null, cancellationToken);
        if (code is 503 or 504 or 0 or -1) return null;
        if (code != 200) throw new InvalidOperationException($"list: {code} {body}");
        var returned = Stopwatch.GetTimestamp();
        using var document = JsonDocument.Parse(body);
        var items = document.RootElement.GetProperty("items").EnumerateArray()
            .ToDictionary(item => item.GetProperty("metadata").GetProperty("name").GetString()!, item => (Value(item), Version(item)), StringComparer.Ordinal);
        foreach (var key in keys)
        {
            var found = items.TryGetValue(key, out var item);
            recorded(new Operation(OperationKind.Read, key, called, returned, found ? Outcome.Done : Outcome.Missing) { Value = item.Item1, Version = item.Item2, Listed = true, Client = $"{name} (list)" });
        }

        return new ListSeen(Version(document.RootElement), items);
    }

    // Null when it was never sent.
    private async Task<Operation?> AskAsync(OperationKind kind, string key, int value, long expected, HttpMethod method, string path, string? body, CancellationToken cancellationToken)
    {
        var called = Stopwatch.GetTimestamp();
        var (code, answer) = await SendAsync(method, path, body, cancellationToken);
        var returned = Stopwatch.GetTimestamp();
        var outcome = code switch
        {
            200 or 201 => Outcome.Done,
            404 => Outcome.Missing,
            409 => kind == OperationKind.Create ? Outcome.Exists : Outcome.Conflict,
            // Refused before anything was done.
            429 or -1 => (Outcome?)null,
            0 or 503 or 504 => Outcome.Unknown,
            _ => throw new InvalidOperationException($"{kind} of {key}: {code} {answer}"),
        };
        // A read that was not answered says nothing.
        if (outcome is null || (outcome == Outcome.Unknown && kind == OperationKind.Read)) return null;
        var operation = new Operation(kind, key, called, outcome == Outcome.Unknown ? long.MaxValue : returned, outcome.Value) { Value = value, Expected = expected, Client = name };
        if (outcome == Outcome.Done && kind != OperationKind.Delete)
        {
            using var document = JsonDocument.Parse(answer);
            operation = operation with { Value = Value(document.RootElement), Version = Version(document.RootElement) };
        }

        recorded(operation);
        return operation;
    }

    private async Task<(int Code, string Body)> SendAsync(HttpMethod method, string path, string? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Version = http.DefaultRequestVersion, VersionPolicy = http.DefaultVersionPolicy };
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
        }
        catch (HttpRequestException nobody) when (nobody.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError)
        {
            return (-1, "");
        }
        catch (Exception unknown) when (unknown is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return (0, "");
        }
    }

    private static string Map(string key, int value, long version) => version == 0
        ? $$$"""{"metadata":{"name":"{{{key}}}"},"data":{"v":"{{{value}}}"}}"""
        : $$$"""{"metadata":{"name":"{{{key}}}","resourceVersion":"{{{version}}}"},"data":{"v":"{{{value}}}"}}""";

    private static int Value(JsonElement map) => int.Parse(map.GetProperty("data").GetProperty("v").GetString()!, CultureInfo.InvariantCulture);

    private static long Version(JsonElement map) => long.Parse(map.GetProperty("metadata").GetProperty("resourceVersion").GetString()!, CultureInfo.InvariantCulture);
}
