using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rempart.Protocols.Ovsdb;

internal static class OvsdbJson
{
    /// <summary>The peer is no browser: names stay readable.</summary>
    internal static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, WriterOptions)) write(json);
        return stream.ToArray();
    }

    internal static string Text(Action<Utf8JsonWriter> write) => Encoding.UTF8.GetString(Bytes(write));
}
