using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Rempart.ApiServer.Validation;

/// <summary>Rules of single values and their normal form.</summary>
internal static class ScalarRules
{
    private const string QuantityRule = "a quantity such as 512Mi or 500m, which matches the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

    private static readonly SearchValues<char> TimeLetters = SearchValues.Create("0123456789-:.TZ+");

    /// <summary>Writes the value that the reader stands on.</summary>
    /// <returns>Null when it was written; else what was expected instead, and nothing is written.</returns>
    public static string? Write(ref Utf8JsonReader reader, Utf8JsonWriter writer, SchemaType type)
    {
        var token = reader.TokenType;
        switch (type)
        {
            case SchemaType.String: return token == JsonTokenType.String ? Text(ref reader, writer) : "a string";
            case SchemaType.Int32: return token == JsonTokenType.Number && reader.TryGetInt32(out var small) ? Number(writer, small) : "a whole number of 32 bits";
            case SchemaType.Int64: return token == JsonTokenType.Number && reader.TryGetInt64(out var large) ? Number(writer, large) : "a whole number of 64 bits";
            case SchemaType.Number: return token == JsonTokenType.Number && reader.TryGetDouble(out var real) && double.IsFinite(real) ? Raw(ref reader, writer) : "a number";
            case SchemaType.Boolean: return token is JsonTokenType.True or JsonTokenType.False ? Flag(writer, token == JsonTokenType.True) : "a boolean";
            case SchemaType.Quantity: return Quantity(ref reader, writer);
            case SchemaType.IntOrString:
                return token == JsonTokenType.String ? Text(ref reader, writer)
                    : token == JsonTokenType.Number && reader.TryGetInt32(out var port) ? Number(writer, port) : "a whole number of 32 bits or a string";
            case SchemaType.Time: return Time(ref reader, writer, "yyyy-MM-dd'T'HH:mm:ss'Z'");
            case SchemaType.MicroTime: return Time(ref reader, writer, "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'");
            case SchemaType.Bytes: return Bytes(ref reader, writer);
            case SchemaType.Any: return Any(ref reader, writer);
            case SchemaType.Object or SchemaType.Map or SchemaType.Array: return "a single value";
            default: throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>The text that the reader stands on; false when an escape in it names half of a surrogate pair.</summary>
    public static bool TryText(ref Utf8JsonReader reader, out string? text)
    {
        try
        {
            text = reader.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            text = null;
            return false;
        }
    }

    private static string? Text(ref Utf8JsonReader reader, Utf8JsonWriter writer)
    {
        if (!reader.ValueIsEscaped)
        {
            writer.WriteStringValue(reader.ValueSpan);
            return null;
        }

        if (!TryText(ref reader, out var text)) return "a string without halves of surrogate pairs";
        writer.WriteStringValue(text);
        return null;
    }

    private static string? Number(Utf8JsonWriter writer, long number)
    {
        writer.WriteNumberValue(number);
        return null;
    }

    private static string? Flag(Utf8JsonWriter writer, bool flag)
    {
        writer.WriteBooleanValue(flag);
        return null;
    }

    private static string? Raw(ref Utf8JsonReader reader, Utf8JsonWriter writer)
    {
        writer.WriteRawValue(reader.ValueSpan, skipInputValidation: true);
        return null;
    }

    private static string? Any(ref Utf8JsonReader reader, Utf8JsonWriter writer)
    {
        if (reader.TokenType == JsonTokenType.String) return Text(ref reader, writer);
        return Raw(ref reader, writer);
    }

    private static string? Quantity(ref Utf8JsonReader reader, Utf8JsonWriter writer)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number) || reader.ValueSpan.Length > 64) return QuantityRule;
        var text = reader.TokenType == JsonTokenType.Number ? Encoding.ASCII.GetString(reader.ValueSpan) : TryText(ref reader, out var given) ? given : null;
        if (!Api.Meta.Quantity.TryParse(text, out _)) return QuantityRule;
        writer.WriteStringValue(text);
        return null;
    }

    private static string? Time(ref Utf8JsonReader reader, Utf8JsonWriter writer, string format)
    {
        const string Rule = "a time in RFC 3339 such as 2026-01-31T12:00:00Z";
        if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length is < 20 or > 64 || !TryText(ref reader, out var text)) return Rule;
        if (text!.Length < 20 || text.AsSpan().ContainsAnyExcept(TimeLetters)) return Rule;
        var zoned = text[^1] == 'Z' || text[^6] is '+' or '-';

        // Some clients escape the plus sign, which the reader can't see through without throwing at half a surrogate pair.
        var plain = new Utf8JsonReader(Encoding.ASCII.GetBytes($"\"{text}\""));
        if (text[10] != 'T' || !zoned || !plain.Read() || !plain.TryGetDateTimeOffset(out var time)) return Rule;
        writer.WriteStringValue(time.UtcDateTime.ToString(format, CultureInfo.InvariantCulture));
        return null;
    }

    private static string? Bytes(ref Utf8JsonReader reader, Utf8JsonWriter writer)
    {
        const string Rule = "bytes in base64";
        if (reader.TokenType != JsonTokenType.String) return Rule;
        if (!reader.ValueIsEscaped)
        {
            if (!reader.TryGetBytesFromBase64(out var bytes)) return Rule;
            writer.WriteBase64StringValue(bytes);
            return null;
        }

        if (!TryText(ref reader, out var text)) return Rule;
        var buffer = new byte[text!.Length];
        if (!Convert.TryFromBase64String(text, buffer, out var length)) return Rule;
        writer.WriteBase64StringValue(buffer.AsSpan(0, length));
        return null;
    }
}
