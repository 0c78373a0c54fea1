using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Rempart.Telemetry.Traces;

/// <summary>
/// Spans as the JSON of OTLP's ExportTraceServiceRequest (opentelemetry-proto, specification of OTLP 1.x): ids in hexadecimal, enumerations as
/// numbers, 64-bit numbers as text.
/// </summary>
internal static class OtlpJson
{
    public const string MediaType = "application/json";

    private const int Error = 2;

    public static byte[] Write(IReadOnlyList<KeyValuePair<string, string>> resource, IReadOnlyList<SpanRecord> spans)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("resourceSpans");
            json.WriteStartObject();
            json.WriteStartObject("resource");
            Attributes(json, resource.Select(pair => KeyValuePair.Create<string, object>(pair.Key, pair.Value)));
            json.WriteEndObject();
            json.WriteStartArray("scopeSpans");
            foreach (var scope in spans.GroupBy(span => span.Scope, StringComparer.Ordinal)) Scope(json, scope.Key, scope);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static void Scope(Utf8JsonWriter json, string name, IEnumerable<SpanRecord> spans)
    {
        json.WriteStartObject();
        json.WriteStartObject("scope");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteStartArray("spans");
        foreach (var span in spans) Span(json, span);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Span(Utf8JsonWriter json, SpanRecord span)
    {
        json.WriteStartObject();
        json.WriteString("traceId", span.Trace.ToHexString());
        json.WriteString("spanId", span.Span.ToHexString());
        if (span.Parent != default) json.WriteString("parentSpanId", span.Parent.ToHexString());
        json.WriteNumber("flags", (int)ActivityTraceFlags.Recorded);
        json.WriteString("name", span.Name);
        json.WriteNumber("kind", Kind(span.Kind));
        json.WriteString("startTimeUnixNano", span.Start.ToString(CultureInfo.InvariantCulture));
        json.WriteString("endTimeUnixNano", span.End.ToString(CultureInfo.InvariantCulture));
        Attributes(json, span.Attributes);
        if (span.Links.Count > 0)
        {
            json.WriteStartArray("links");
            foreach (var link in span.Links)
            {
                json.WriteStartObject();
                json.WriteString("traceId", link.TraceId.ToHexString());
                json.WriteString("spanId", link.SpanId.ToHexString());
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        if (span.Failure is { } failure)
        {
            json.WriteStartObject("status");
            json.WriteString("message", failure);
            json.WriteNumber("code", Error);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void Attributes(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, object>> attributes)
    {
        json.WriteStartArray("attributes");
        foreach (var (key, value) in attributes)
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            json.WriteStartObject("value");
            switch (value)
            {
                case bool flag: json.WriteBoolean("boolValue", flag); break;
                case int or long: json.WriteString("intValue", Convert.ToString(value, CultureInfo.InvariantCulture)); break;
                case double number when double.IsFinite(number): json.WriteNumber("doubleValue", number); break;
                default: json.WriteString("stringValue", Convert.ToString(value, CultureInfo.InvariantCulture)); break;
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static int Kind(ActivityKind kind) => kind switch
    {
        ActivityKind.Internal => 1,
        ActivityKind.Server => 2,
        ActivityKind.Client => 3,
        ActivityKind.Producer => 4,
        ActivityKind.Consumer => 5,
        _ => 0,
    };
}
