using System.Buffers;
using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Rempart.ApiServer.Http;

/// <summary>
/// What a plain word of YAML means to Kubernetes, whose reader follows YAML 1.1: <c>yes</c> is true and <c>0644</c> is 420.
/// A field that is a text refuses them, so that nobody stores what they did not mean.
/// </summary>
internal static class YamlScalar
{
    private static readonly SearchValues<char> Octal = SearchValues.Create("01234567");

    public static JsonNode? Read(Scalar scalar)
    {
        var text = scalar.Value;
        if (scalar.Style != ScalarStyle.Plain || scalar.Tag is { IsEmpty: false, IsNonSpecific: false, Value: "tag:yaml.org,2002:str" }) return JsonValue.Create(text);
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL": return null;
            case "true" or "True" or "TRUE" or "y" or "Y" or "yes" or "Yes" or "YES" or "on" or "On" or "ON": return JsonValue.Create(true);
            case "false" or "False" or "FALSE" or "n" or "N" or "no" or "No" or "NO" or "off" or "Off" or "OFF": return JsonValue.Create(false);
            default: return Number(text) ?? JsonValue.Create(text);
        }
    }

    private static JsonValue? Number(string text)
    {
        var digits = text.AsSpan().TrimStart("+-");
        if (digits.Length == 0 || text.Length - digits.Length > 1 || !(char.IsAsciiDigit(digits[0]) || digits[0] == '.')) return null;
        var sign = text[0] == '-' ? -1 : 1;
        var (radix, prefix) = digits switch
        {
            ['0', 'x', ..] => (16, 2),
            ['0', 'o', ..] => (8, 2),
            ['0', 'b', ..] => (2, 2),
            ['0', _, ..] when !digits.ContainsAnyExcept(Octal) => (8, 1),
            _ => (10, 0),
        };
        if (radix != 10) return digits.Length > prefix && Whole(digits[prefix..], radix) is { } whole ? JsonValue.Create(sign * whole) : null;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return JsonValue.Create(number);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real) ? JsonValue.Create(real) : null;
    }

    private static long? Whole(ReadOnlySpan<char> digits, int radix)
    {
        long value = 0;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : radix;
            if (digit >= radix || value > (long.MaxValue - digit) / radix) return null;
            value = (value * radix) + digit;
        }

        return value;
    }
}
