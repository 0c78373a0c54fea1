using System.Collections.Frozen;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Rempart.ApiServer.Validation;

/// <summary>Descriptions of wire types, from the documentation file that the compiler writes beside their assembly.</summary>
internal static partial class XmlDescriptions
{
    private static readonly FrozenDictionary<string, string> Summaries = Load(Path.Combine(AppContext.BaseDirectory, "Rempart.Api.xml"));

    /// <summary>Description of a type; empty when there is none.</summary>
    /// <param name="type">A wire type.</param>
    public static string Of(Type type) => Summaries.GetValueOrDefault($"T:{type.FullName}", "");

    /// <summary>Description of a property; empty when there is none.</summary>
    /// <param name="property">A property of a wire type.</param>
    public static string Of(PropertyInfo property) => Summaries.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}", "");

    private static FrozenDictionary<string, string> Load(string file) => !File.Exists(file)
        ? FrozenDictionary<string, string>.Empty
        : XDocument.Load(file).Descendants("member")
            .Where(m => m.Attribute("name") is not null && m.Element("summary") is not null)
            .ToFrozenDictionary(m => m.Attribute("name")!.Value, m => Text(m.Element("summary")!));

    private static string Text(XElement summary)
    {
        var text = new StringBuilder();
        foreach (var node in summary.DescendantNodes())
        {
            if (node is XText words) text.Append(words.Value);
            else if (node is XElement { Name.LocalName: "see" } see) text.Append(see.Attribute("cref")?.Value.Split('.')[^1]);
        }

        return Spaces().Replace(text.ToString(), " ").Trim();
    }

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Spaces();
}
