using System.Text.Json.Nodes;

namespace Rempart.ApiServer.Registry;

/// <summary>Reading and changing documents.</summary>
internal static class JsonDocuments
{
    /// <summary>The metadata, made if it is missing.</summary>
    public static JsonObject Metadata(this JsonObject document) => document.Child("metadata");

    /// <summary>An object inside, made if it is missing.</summary>
    public static JsonObject Child(this JsonObject document, string name)
    {
        if (document[name] is JsonObject found) return found;
        var made = new JsonObject();
        document[name] = made;
        return made;
    }

    /// <summary>A text, or null.</summary>
    public static string? Text(this JsonObject document, string name) =>
        document[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>A number, or null.</summary>
    public static long? Number(this JsonObject document, string name) =>
        document[name] is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;

    /// <summary>Makes a member equal to another document's: copied, or removed where that one has none.</summary>
    public static void Take(this JsonObject document, string name, JsonObject from)
    {
        if (from[name] is { } value) document[name] = value.DeepClone();
        else document.Remove(name);
    }
}
