using System.Text;
using System.Text.Json.Nodes;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Output;

/// <summary>The text of <c>explain</c>.</summary>
internal static class ExplainText
{
    private const int MaxDepth = 8;
    private const int Width = 78;

    /// <summary>Kind, description and fields.</summary>
    /// <param name="type">Kind.</param>
    /// <param name="path">Path as asked for.</param>
    /// <param name="described">Schema of the last field, with its own description.</param>
    /// <param name="schema">Schema whose fields are listed.</param>
    /// <param name="schemas">All schemas.</param>
    /// <param name="recursive">True to list the tree.</param>
    public static string Format(ResourceType type, IReadOnlyList<string> path, JsonObject described, JsonObject schema, SchemaDocument schemas, bool recursive)
    {
        var text = new StringBuilder();
        if (type.Group.Length > 0) text.Append("GROUP:      ").Append(type.Group).Append('\n');
        text.Append("KIND:       ").Append(type.Kind).Append('\n').Append("VERSION:    ").Append(type.Version).Append("\n\n");
        if (path.Count > 1) text.Append("FIELD: ").Append(path[^1]).Append(" <").Append(schemas.TypeName(described)).Append(">\n\n");
        var oneOf = OneOf(described);
        if (oneOf.Length > 0) text.Append("ENUM:\n    ").Append(oneOf).Append("\n\n");
        text.Append("DESCRIPTION:\n");
        Wrap(text, schemas.Description(described), 4);
        var fields = schemas.Fields(schema);
        if (fields.Count == 0) return text.ToString();
        text.Append("\nFIELDS:\n");
        if (recursive) Tree(text, schema, schemas, 1);
        else
        {
            foreach (var (name, field, required) in fields)
            {
                text.Append("  ").Append(name).Append("  <").Append(schemas.TypeName(field)).Append('>').Append(required ? " -required-" : "").Append('\n');
                if (OneOf(field) is { Length: > 0 } values) text.Append("    enum: ").Append(values).Append('\n');
                Wrap(text, schemas.Description(field), 4);
                text.Append('\n');
            }
        }

        return text.ToString();
    }

    private static string OneOf(JsonObject field) => field["enum"] is JsonArray values ? string.Join(", ", values) : "";

    private static void Tree(StringBuilder text, JsonObject schema, SchemaDocument schemas, int depth)
    {
        if (depth > MaxDepth) return;
        foreach (var (name, field, required) in schemas.Fields(schema))
        {
            text.Append(' ', depth * 2).Append(name).Append("  <").Append(schemas.TypeName(field)).Append('>').Append(required ? " -required-" : "").Append('\n');
            Tree(text, schemas.Element(field), schemas, depth + 1);
        }
    }

    private static void Wrap(StringBuilder text, string paragraph, int indent)
    {
        var column = 0;
        foreach (var word in paragraph.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (column > 0 && column + 1 + word.Length > Width - indent)
            {
                text.Append('\n');
                column = 0;
            }

            if (column == 0) text.Append(' ', indent).Append(word);
            else text.Append(' ').Append(word);
            column += word.Length + 1;
        }

        if (column > 0) text.Append('\n');
    }
}
