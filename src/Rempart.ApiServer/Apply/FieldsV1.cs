using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rempart.ApiServer.Apply;

/// <summary>Field sets as documents hold them: an object with a member for each step, <c>.</c> for what the steps lead to itself.</summary>
internal static class FieldsV1
{
    /// <summary>
    /// Most steps from the root. An object in it is three levels deeper than its document's list of managers, and an answer with a list of
    /// documents two more: all of that must stay within <see cref="Rempart.Api.ApiJson.MaxDepth"/>, or nobody could read the object any more.
    /// </summary>
    internal const int MostSteps = 32;

    /// <summary>Reads a set.</summary>
    /// <exception cref="FormatException">It is none, or has more than <see cref="MostSteps"/> steps.</exception>
    public static FieldSet Read(JsonNode? node) => node is null ? FieldSet.Empty : Children(node as JsonObject ?? throw new FormatException("`fieldsV1` is no object"), 1).Below;

    /// <summary>Writes a set; what is further inside than <see cref="MostSteps"/> is owned as a whole.</summary>
    public static void Write(Utf8JsonWriter writer, FieldSet set) => Write(writer, set, self: false, MostSteps);

    private static void Write(Utf8JsonWriter writer, FieldSet set, bool self, int steps)
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
            Write(writer, steps == 1 ? FieldSet.Empty : branch.Below, steps > 1 && branch.Member && !branch.Below.IsEmpty, steps - 1);
        }

        writer.WriteEndObject();
    }

    private static (FieldSet Below, bool Member) Children(JsonObject node, int step)
    {
        var (branches, member) = (new List<FieldBranch>(node.Count), false);
        foreach (var (name, value) in node)
        {
            if (name == ".")
            {
                member = true;
                continue;
            }

            if (step > MostSteps) throw new FormatException($"`fieldsV1` has more than {MostSteps} steps");
            if (!PathElement.TryParse(name, out var element)) continue;
            var (below, self) = value is JsonObject inner ? Children(inner, step + 1) : (FieldSet.Empty, true);
            branches.Add(new FieldBranch(element, self, below));
        }

        var set = FieldSet.Of(branches);
        return (set, member || set.IsEmpty);
    }
}
