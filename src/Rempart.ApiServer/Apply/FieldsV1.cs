using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rempart.ApiServer.Apply;

/// <summary>Field sets as documents hold them: an object with a member for each step, <c>.</c> for what the steps lead to itself.</summary>
internal static class FieldsV1
{
    /// <summary>Reads a set.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static FieldSet Read(JsonNode? node) => node is null ? FieldSet.Empty : Children(node as JsonObject ?? throw new FormatException("`fieldsV1` is no object")).Below;

    /// <summary>Writes a set.</summary>
    public static void Write(Utf8JsonWriter writer, FieldSet set) => Write(writer, set, self: false);

    private static void Write(Utf8JsonWriter writer, FieldSet set, bool self)
    {
        writer.WriteStartObject();
        if (self)
        {
            writer.WriteStartObject(".");
            writer.WriteEndObject();
        }

        foreach (var branch in set.Branches)
        {
            writer.WritePropertyName(branch.Element.ToFieldsV1());
            Write(writer, branch.Below, branch.Member && !branch.Below.IsEmpty);
        }

        writer.WriteEndObject();
    }

    private static (FieldSet Below, bool Member) Children(JsonObject node)
    {
        var (branches, member) = (new List<FieldBranch>(node.Count), false);
        foreach (var (name, value) in node)
        {
            if (name == ".")
            {
                member = true;
                continue;
            }

            if (!PathElement.TryParse(name, out var element)) continue;
            var (below, self) = value is JsonObject inner ? Children(inner) : (FieldSet.Empty, true);
            branches.Add(new FieldBranch(element, self, below));
        }

        var set = FieldSet.Of(branches);
        return (set, member || set.IsEmpty);
    }
}
