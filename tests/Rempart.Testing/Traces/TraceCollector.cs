using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Rempart.Testing.Traces;

/// <summary>
/// A collector of OTLP over HTTP on loopback, JSON alone. It decodes strictly what opentelemetry-proto says of a trace's export request, so
/// that a wrong name or type fails here and not at somebody's collector.
/// </summary>
public sealed class TraceCollector : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly ConcurrentQueue<SeenSpan> _spans = new();
    private readonly ConcurrentQueue<string> _bodies = new();

    private TraceCollector(WebApplication web) => _web = web;

    /// <summary>Where exporters are pointed to.</summary>
    public Uri Endpoint { get; private set; } = null!;

    /// <summary>What it answers from now on.</summary>
    public int Answer { get; set; } = 200;

    /// <summary>What it got, in order of arrival.</summary>
    public IReadOnlyList<SeenSpan> Spans => [.. _spans];

    /// <summary>The requests as they came.</summary>
    public IReadOnlyList<string> Bodies => [.. _bodies];

    /// <summary>The first thing that it could not decode.</summary>
    public Exception? Problem { get; private set; }

    public static async Task<TraceCollector> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var web = builder.Build();
        var collector = new TraceCollector(web);
        web.Run(collector.TakeAsync);
        await web.StartAsync(cancellationToken);
        collector.Endpoint = new Uri(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return collector;
    }

    public async ValueTask DisposeAsync() => await _web.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        http.Response.StatusCode = Answer;
        if (Answer != 200) return;
        try
        {
            if (http.Request.Path != "/v1/traces" || http.Request.Method != "POST" || http.Request.ContentType != "application/json") throw new InvalidDataException($"{http.Request.Method} {http.Request.Path} {http.Request.ContentType}");
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
            _bodies.Enqueue(Encoding.UTF8.GetString(body.ToArray()));
            using var request = JsonDocument.Parse(body.ToArray());
            foreach (var span in Read(request.RootElement)) _spans.Enqueue(span);
        }
        catch (Exception wrong)
        {
            Problem ??= wrong;
            http.Response.StatusCode = 400;
        }
    }

    private static IEnumerable<SeenSpan> Read(JsonElement request)
    {
        Only(request, "resourceSpans");
        foreach (var resource in request.GetProperty("resourceSpans").EnumerateArray())
        {
            Only(resource, "resource", "scopeSpans");
            Only(resource.GetProperty("resource"), "attributes");
            var service = Attributes(resource.GetProperty("resource"))["service.name"];
            foreach (var scope in resource.GetProperty("scopeSpans").EnumerateArray())
            {
                Only(scope, "scope", "spans");
                foreach (var span in scope.GetProperty("spans").EnumerateArray()) yield return ReadSpan(service, span);
            }
        }
    }

    private static SeenSpan ReadSpan(string service, JsonElement span)
    {
        Only(span, "traceId", "spanId", "parentSpanId", "flags", "name", "kind", "startTimeUnixNano", "endTimeUnixNano", "attributes", "links", "status");
        if (span.GetProperty("kind").GetInt32() is < 1 or > 5) throw new InvalidDataException("kind");
        var (start, end) = (Number(span, "startTimeUnixNano"), Number(span, "endTimeUnixNano"));
        if (start <= 0 || end < start) throw new InvalidDataException($"times {start} to {end} of {span.GetProperty("name")}");
        return new SeenSpan(service, Id(span, "traceId", 32), Id(span, "spanId", 16), span.TryGetProperty("parentSpanId", out _) ? Id(span, "parentSpanId", 16) : "",
            span.GetProperty("name").GetString()!, start, end, Attributes(span),
            span.TryGetProperty("links", out var links) ? [.. links.EnumerateArray().Select(link => Id(link, "traceId", 32))] : [],
            span.TryGetProperty("status", out var status) && status.GetProperty("code").GetInt32() == 2);
    }

    // 64-bit numbers are text in JSON of protocol buffers.
    private static long Number(JsonElement element, string name) => long.Parse(element.GetProperty(name).GetString()!, NumberStyles.None, CultureInfo.InvariantCulture);

    private static string Id(JsonElement element, string name, int digits)
    {
        var id = element.GetProperty(name).GetString()!;
        return id.Length == digits && id.All(char.IsAsciiHexDigitLower) && id.Any(c => c != '0') ? id : throw new InvalidDataException($"`{name}` is `{id}`");
    }

    private static Dictionary<string, string> Attributes(JsonElement element) => element.GetProperty("attributes").EnumerateArray().ToDictionary(
        attribute => attribute.GetProperty("key").GetString()!,
        attribute =>
        {
            var value = attribute.GetProperty("value").EnumerateObject().Single();
            return value.Name is "stringValue" or "intValue" && value.Value.ValueKind == JsonValueKind.String ? value.Value.GetString()!
                : value.Name is "boolValue" or "doubleValue" ? value.Value.GetRawText() : throw new InvalidDataException($"a value of type `{value.Name}`");
        }, StringComparer.Ordinal);

    private static void Only(JsonElement element, params string[] names)
    {
        foreach (var member in element.EnumerateObject())
        {
            if (!names.Contains(member.Name, StringComparer.Ordinal)) throw new InvalidDataException($"`{member.Name}` is not known here");
        }
    }
}
