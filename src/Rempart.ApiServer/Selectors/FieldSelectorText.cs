using System.Text;

namespace Rempart.ApiServer.Selectors;

/// <summary>The text form of field selectors with its escapes (Kubernetes <c>fields.ParseSelector</c>).</summary>
internal static class FieldSelectorText
{
    /// <summary>Parts between commas that are not escaped.</summary>
    public static IEnumerable<string> Split(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\') i++;
            else if (text[i] == ',')
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        yield return text[start..];
    }

    /// <summary>Path, operator and value of one part; null when it has none.</summary>
    public static FieldTerm? Term(string part)
    {
        for (var i = 0; i < part.Length; i++)
        {
            var rest = part.AsSpan(i);
            var sign = rest.StartsWith("!=") ? "!=" : rest.StartsWith("==") ? "==" : rest.StartsWith("=") ? "=" : null;
            if (sign is null) continue;
            var value = Unescape(part[(i + sign.Length)..]);
            return i == 0 || value is null ? null : new FieldTerm(part[..i].Trim(), value, sign == "!=");
        }

        return null;
    }

    private static string? Unescape(string value)
    {
        if (!value.Contains('\\') && !value.Contains('=')) return value;
        var text = new StringBuilder(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] is ',' or '=') return null;
            if (value[i] != '\\') text.Append(value[i]);
            else if (++i < value.Length && value[i] is '\\' or ',' or '=') text.Append(value[i]);
            else return null;
        }

        return text.ToString();
    }
}
