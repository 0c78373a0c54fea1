using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rempart.Init.Supervision;

/// <summary>
/// What becomes of services, one line an event: JSON with the same members as the server's and the node's lines, or text for a terminal. Written here because the
/// supervisor stays as small as it is.
/// </summary>
internal sealed class SupervisorLog(TextWriter output, bool json, TimeProvider time)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Lock gate = new();

    /// <summary>Tells that a service is in another state.</summary>
    internal void Changed(ServiceStatus status)
    {
        var line = json ? Json(status) : string.Create(CultureInfo.InvariantCulture, $"{Now} {Level(status),-8} {Message(status)}");
        lock (gate)
        {
            try
            {
                output.WriteLine(line);
                output.Flush();
            }
            catch (IOException)
            {
                // Its disk is full, say: services are worth more than a line about them, and `status` tells the same.
            }
        }
    }

    private string Now => time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private string Json(ServiceStatus status)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("time", Now);
            writer.WriteString("level", Level(status));
            writer.WriteString("source", "Rempart.Init");
            writer.WriteString("event", $"Service{status.State}");
            writer.WriteString("message", Message(status));
            writer.WriteStartObject("fields");
            writer.WriteString("service", status.Name);
            if (status.Pid is { } pid) writer.WriteNumber("pid", pid);
            writer.WriteNumber("restarts", status.Restarts);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string Level(ServiceStatus status) => status.State == ServiceState.Failed ? "error" : "info";

    private static string Message(ServiceStatus status) => $"service `{status.Name}` is {status.State}{(status.Message is { } message ? $": {message}" : "")}";
}
