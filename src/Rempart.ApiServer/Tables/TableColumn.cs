using System.Text.Json;

namespace Rempart.ApiServer.Tables;

/// <summary>A column and how its cells are read off an object.</summary>
/// <param name="Name">Header.</param>
/// <param name="Type">OpenAPI type.</param>
/// <param name="Cell">Reads a cell from an object's root, at a time.</param>
internal sealed record TableColumn(string Name, string Type, Func<JsonElement, DateTimeOffset, TableCell> Cell)
{
    /// <summary>OpenAPI format; <c>name</c> marks the column of names.</summary>
    public string Format { get; init; } = "";

    /// <summary>What it shows, for people.</summary>
    public string Description { get; init; } = "";

    /// <summary>0 is always shown, 1 only with <c>-o wide</c>.</summary>
    public int Priority { get; init; }

    public void WriteDefinition(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("name", Name);
        writer.WriteString("type", Type);
        writer.WriteString("format", Format);
        writer.WriteString("description", Description);
        writer.WriteNumber("priority", Priority);
        writer.WriteEndObject();
    }
}
