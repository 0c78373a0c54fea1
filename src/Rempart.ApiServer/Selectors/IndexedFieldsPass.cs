using System.Text;
using System.Text.Json;

namespace Rempart.ApiServer.Selectors;

/// <summary>Walks a document along the prefixes of the wanted paths and skips the rest.</summary>
internal sealed class IndexedFieldsPass
{
    private readonly string[] _paths;
    private readonly HashSet<string> _prefixes = ["metadata", "metadata.labels"];

    public IndexedFieldsPass(string[] paths, string[] missing)
    {
        _paths = paths;
        Values = [.. missing];
        foreach (var path in paths)
        {
            for (var dot = path.IndexOf('.', StringComparison.Ordinal); dot > 0; dot = path.IndexOf('.', dot + 1)) _prefixes.Add(path[..dot]);
        }
    }

    public string[] Values { get; }

    public Dictionary<string, string>? Labels { get; private set; }

    /// <summary>Reads the object that the reader stands on.</summary>
    public void Object(ref Utf8JsonReader reader, string prefix)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var path = prefix.Length == 0 ? reader.GetString()! : $"{prefix}.{reader.GetString()}";
            reader.Read();
            if (path == "metadata.labels" && reader.TokenType == JsonTokenType.StartObject) ReadLabels(ref reader);
            else if (Array.IndexOf(_paths, path) is var index and >= 0 && reader.TokenType != JsonTokenType.StartObject) Set(path, index, Scalar(ref reader));
            else if (reader.TokenType == JsonTokenType.StartObject && _prefixes.Contains(path)) Object(ref reader, path);
            else reader.Skip();
        }
    }

    // Two names may stand for one path.
    private void Set(string path, int first, string value)
    {
        for (var i = first; i >= 0; i = Array.IndexOf(_paths, path, i + 1)) Values[i] = value;
    }

    private void ReadLabels(ref Utf8JsonReader reader)
    {
        Labels = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var key = reader.GetString()!;
            reader.Read();
            Labels[key] = Scalar(ref reader);
        }
    }

    private static string Scalar(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String: return reader.GetString()!;
            case JsonTokenType.True: return "true";
            case JsonTokenType.False: return "false";
            case JsonTokenType.Number: return Encoding.ASCII.GetString(reader.ValueSpan);
            default:
                reader.Skip();
                return "";
        }
    }
}
