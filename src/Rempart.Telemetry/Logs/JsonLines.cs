using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Rempart.Telemetry.Logs;

/// <summary>
/// One JSON object a line: <c>time</c>, <c>level</c>, <c>source</c>, <c>event</c>, <c>message</c>, and where there are any <c>audit</c>, <c>trace</c>,
/// <c>span</c>, <c>fields</c>, <c>error</c>. What somebody wrote into a name can't begin a line of its own or reach a terminal: it is escaped.
/// </summary>
internal sealed class JsonLines(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "rempart-json";

    // Backticks and quotes stay readable; control characters are escaped all the same.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var told = LogEvent.Of(logEntry, scopeProvider, time);
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", told.Time);
            json.WriteString("level", told.Level);
            json.WriteString("source", told.Source);
            if (told.Name is not null) json.WriteString("event", told.Name);
            json.WriteString("message", told.Message);
            if (told.Audit is not null) json.WriteString("audit", told.Audit);
            if (told.Trace is not null) json.WriteString("trace", told.Trace);
            if (told.Span is not null) json.WriteString("span", told.Span);
            if (told.Fields.Count > 0) Fields(json, told.Fields);
            if (told.Error is not null) json.WriteString("error", told.Error);
            json.WriteEndObject();
        }
        textWriter.Write(Encoding.UTF8.GetString(buffer.WrittenSpan));
        textWriter.Write('\n');
    }

    private static void Fields(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> fields)
    {
        json.WriteStartObject("fields");
        foreach (var (name, value) in fields)
        {
            json.WritePropertyName(char.ToLowerInvariant(name[0]) + name[1..]);
            switch (value)
            {
                case null: json.WriteNullValue(); break;
                case bool flag: json.WriteBooleanValue(flag); break;
                case int or long or uint or ushort or byte: json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
                case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
                default: json.WriteStringValue(LogEvent.Cut(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")); break;
            }
        }
        json.WriteEndObject();
    }
}
