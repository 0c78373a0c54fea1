using System.Globalization;
using System.Text;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Apply;

/// <summary>Names of managers (apimachinery <c>ValidateFieldManager</c>, <c>ValidateManagedFields</c>).</summary>
internal static class OwnerRules
{
    /// <summary>Longest name of a manager, in bytes.</summary>
    public const int Longest = 128;

    private const int LongestSubresource = 256;

    /// <summary>Most entries that an object may get: each change of it looks at all of them.</summary>
    private const int MostEntries = 256;

    /// <summary>What is wrong with a name.</summary>
    public static void Check(string name, string field, FieldErrors errors)
    {
        if (Encoding.UTF8.GetByteCount(name) > Longest) errors.TooLong(field, Longest);
        var position = 0;
        foreach (var rune in name.EnumerateRunes())
        {
            if (!IsPrintable(rune)) errors.Invalid(field, name, string.Create(CultureInfo.InvariantCulture, $"invalid character U+{rune.Value:X4} (at position {position})"));
            position += rune.Utf8SequenceLength;
        }
    }

    /// <summary>Checks managers that a client writes by itself.</summary>
    /// <exception cref="ApiException">422 with what is wrong.</exception>
    public static void Check(OwnerTable table, KindInfo kind, string? name)
    {
        var errors = new FieldErrors();
        for (var i = 0; i < Math.Min(table.Entries.Count, MostEntries); i++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"metadata.managedFields[{i}]");
            Check(table.Entries[i].Id.Name, $"{path}.manager", errors);
            if (table.Entries[i].Id.Subresource?.Length > LongestSubresource) errors.TooLong($"{path}.subresource", LongestSubresource);
        }

        errors.ThrowIfAny(kind, name);
    }

    /// <summary>Checks how many managers an object would have; those that it has already may stay. Before anything looks at them.</summary>
    /// <exception cref="ApiException">422: too many.</exception>
    public static void CheckCount(int count, int before, KindInfo kind, string? name)
    {
        if (count <= MostEntries || count <= before) return;
        var errors = new FieldErrors();
        errors.TooMany("metadata.managedFields", count, MostEntries);
        errors.ThrowIfAny(kind, name);
    }

    /// <summary>The name of a manager who gave none: the product that a User-Agent header begins with.</summary>
    public static string OfUserAgent(string? userAgent)
    {
        var name = new StringBuilder();
        var bytes = 0;
        foreach (var rune in (userAgent ?? "").Split('/')[0].EnumerateRunes())
        {
            if (!IsPrintable(rune)) continue;
            bytes += rune.Utf8SequenceLength;
            if (bytes > Longest) break;
            name.Append(rune.ToString());
        }

        return name.Length == 0 ? "unknown" : name.ToString();
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
