using System.Globalization;
using System.Text.Json;

namespace Rempart.Protocols.Ovsdb;

/// <summary>One atomic value. <paramref name="Text"/> is its canonical text, so that equal values compare equal whatever their source.</summary>
public readonly record struct OvsdbAtom(OvsdbAtomKind Kind, string Text) : IComparable<OvsdbAtom>
{
    public static OvsdbAtom Of(string value) => new(OvsdbAtomKind.Text, value);

    public static OvsdbAtom Of(long value) => new(OvsdbAtomKind.Number, value.ToString(CultureInfo.InvariantCulture));

    public static OvsdbAtom Of(bool value) => new(OvsdbAtomKind.Boolean, value ? "true" : "false");

    public static OvsdbAtom Of(Guid row) => new(OvsdbAtomKind.Uuid, row.ToString("D"));

    /// <param name="name">as given to <see cref="OvsdbOperation.Insert"/>; letters, digits and `_`.</param>
    public static OvsdbAtom Named(string name) => new(OvsdbAtomKind.NamedUuid, name);

    public Guid AsUuid() => Kind == OvsdbAtomKind.Uuid && Guid.TryParseExact(Text, "D", out var uuid)
        ? uuid
        : throw new OvsdbProtocolException($"`{Text}` is not a row identifier");

    public long AsInteger() => Kind == OvsdbAtomKind.Number ? long.Parse(Text, CultureInfo.InvariantCulture)
        : throw new OvsdbProtocolException($"`{Text}` is not an integer");

    public int CompareTo(OvsdbAtom other)
    {
        var byKind = Kind.CompareTo(other.Kind);
        return byKind != 0 ? byKind : string.CompareOrdinal(Text, other.Text);
    }

    public static bool operator <(OvsdbAtom left, OvsdbAtom right) => left.CompareTo(right) < 0;

    public static bool operator >(OvsdbAtom left, OvsdbAtom right) => left.CompareTo(right) > 0;

    public static bool operator <=(OvsdbAtom left, OvsdbAtom right) => left.CompareTo(right) <= 0;

    public static bool operator >=(OvsdbAtom left, OvsdbAtom right) => left.CompareTo(right) >= 0;

    internal static OvsdbAtom Parse(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => Of(json.GetString()!),
        JsonValueKind.True => Of(true),
        JsonValueKind.False => Of(false),
        JsonValueKind.Number => json.TryGetInt64(out var integer)
            ? Of(integer)
            : new OvsdbAtom(OvsdbAtomKind.Real, json.GetDouble().ToString("R", CultureInfo.InvariantCulture)),
        JsonValueKind.Array when json.GetArrayLength() == 2 && json[0].ValueKind == JsonValueKind.String && json[1].ValueKind == JsonValueKind.String =>
            json[0].GetString() switch
            {
                "uuid" when Guid.TryParseExact(json[1].GetString(), "D", out var uuid) => Of(uuid),
                "named-uuid" => Named(json[1].GetString()!),
                _ => throw new OvsdbProtocolException("an atom is neither a scalar nor a row identifier"),
            },
        _ => throw new OvsdbProtocolException("an atom is neither a scalar nor a row identifier"),
    };

    internal void Write(Utf8JsonWriter json)
    {
        switch (Kind)
        {
            case OvsdbAtomKind.Text:
                json.WriteStringValue(Text);
                break;
            case OvsdbAtomKind.Number:
            case OvsdbAtomKind.Real:
                json.WriteRawValue(Text);
                break;
            case OvsdbAtomKind.Boolean:
                json.WriteBooleanValue(Text == "true");
                break;
            case OvsdbAtomKind.Uuid:
                WriteTagged(json, "uuid");
                break;
            case OvsdbAtomKind.NamedUuid:
                WriteTagged(json, "named-uuid");
                break;
        }
    }

    private void WriteTagged(Utf8JsonWriter json, string tag)
    {
        json.WriteStartArray();
        json.WriteStringValue(tag);
        json.WriteStringValue(Text);
        json.WriteEndArray();
    }
}
