using System.Globalization;
using System.Text;

namespace Rempart.ApiServer.Apply;

/// <summary>Texts in JSON as Go's encoder writes them: clients compare the names in FieldsV1 byte by byte.</summary>
internal static class GoJson
{
    /// <summary>A text in quotes.</summary>
    public static string Quoted(string text)
    {
        var json = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            if (c is '"' or '\\') json.Append('\\').Append(c);
            else if (c == '\n') json.Append("\\n");
            else if (c == '\r') json.Append("\\r");
            else if (c == '\t') json.Append("\\t");
            else if (c is < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029') json.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else json.Append(c);
        }

        return json.Append('"').ToString();
    }
}
