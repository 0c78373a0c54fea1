using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rempart.Protocols.Qmp;

/// <summary>The lines of QMP, both ways; pure.</summary>
internal static class QmpMessages
{
    internal static ReadOnlyMemory<byte> Command(string command, JsonObject? arguments, string id)
    {
        var message = new JsonObject { ["execute"] = command };
        if (arguments is not null) message["arguments"] = arguments.DeepClone();
        message["id"] = id;
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(message), (byte)'\n'];
        return line;
    }

    /// <exception cref="QmpDisconnectedException">not one JSON object within the bounds.</exception>
    internal static JsonElement Parse(ReadOnlySequence<byte> line, int maxDepth)
    {
        try
        {
            using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = maxDepth, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new QmpDisconnectedException("QEMU sent a line that is no JSON object");
            return document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw new QmpDisconnectedException($"QEMU sent a line that is no JSON: {exception.Message}", exception);
        }
    }

    /// <exception cref="QmpDisconnectedException">no greeting.</exception>
    internal static QmpVersion Greeting(ReadOnlySequence<byte> line)
    {
        var message = Parse(line, maxDepth: 32);
        if (message.TryGetProperty("QMP", out var qmp) && qmp.ValueKind == JsonValueKind.Object
            && qmp.TryGetProperty("version", out var version) && version.ValueKind == JsonValueKind.Object
            && version.TryGetProperty("qemu", out var numbers) && numbers.ValueKind == JsonValueKind.Object
            && Number(numbers, "major") is { } major && Number(numbers, "minor") is { } minor && Number(numbers, "micro") is { } micro)
        {
            var package = version.TryGetProperty("package", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";
            return new QmpVersion(major, minor, micro, package);
        }
        throw new QmpDisconnectedException("what QEMU sent is no greeting");
    }

    /// <exception cref="QmpException">the answer is an error.</exception>
    internal static JsonElement Result(string command, JsonElement message)
    {
        if (message.TryGetProperty("return", out var result)) return result;
        var error = message.GetProperty("error");
        throw new QmpException(command, Text(error, "class"), Text(error, "desc"));
    }

    private static int? Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;

    private static string Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "no reason given";
}
