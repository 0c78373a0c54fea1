using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Meta;
using Rempart.ApiServer.Validation;
using Rempart.Policy.Networking;

namespace Rempart.ApiServer.Kinds;

/// <summary>Rules that many kinds share.</summary>
internal static class FieldRules
{
    private const int DigestLength = 71;
    private static readonly System.Buffers.SearchValues<char> Hexadecimal = System.Buffers.SearchValues.Create("0123456789abcdef");

    /// <summary>The field keeps the value that it was created with.</summary>
    public static void Unchanged<T>(this FieldErrors errors, string field, T now, T before)
    {
        if (Text(now) != Text(before)) errors.Invalid(field, now is string or null ? now : Text(now), "field is immutable");
    }

    public static void OneOf(this FieldErrors errors, string field, string? value, params string[] supported)
    {
        if (value is not null && !supported.Contains(value)) errors.NotSupported(field, value, supported);
    }

    public static void Between(this FieldErrors errors, string field, int? value, int least, int most)
    {
        if (value is { } number && (number < least || number > most))
        {
            errors.Invalid(field, number, string.Create(CultureInfo.InvariantCulture, $"must be between {least} and {most}, inclusive"));
        }
    }

    /// <summary>An amount of bytes within bounds, a multiple of a unit.</summary>
    public static void Bytes(this FieldErrors errors, string field, Quantity? value, Quantity least, Quantity most, Quantity unit)
    {
        if (value is not { } size) return;
        if (size.Value < least.Value || size.Value > most.Value) errors.Invalid(field, size.ToString(), $"must be between {least} and {most}, inclusive");
        else if (size.Value % unit.Value != 0) errors.Invalid(field, size.ToString(), $"must be a multiple of {unit}");
    }

    /// <summary><c>sha256:</c> and 64 hexadecimal digits.</summary>
    public static void Digest(this FieldErrors errors, string field, string? value)
    {
        if (value is null) return;
        if (value.Length != DigestLength || !value.StartsWith("sha256:", StringComparison.Ordinal) || value.AsSpan(7).ContainsAnyExcept(Hexadecimal))
        {
            errors.Invalid(field, value, "must be `sha256:` and 64 lower-case hexadecimal digits");
        }
    }

    public static void Label(this FieldErrors errors, string field, string? value)
    {
        if (value is not null && Names.LabelRule(value) is { } rule) errors.Invalid(field, value, rule);
    }

    public static void ObjectName(this FieldErrors errors, string field, string? value)
    {
        if (value is not null && Names.SubdomainRule(value) is { } rule) errors.Invalid(field, value, rule);
    }

    public static void NotLonger(this FieldErrors errors, string field, string? value, int bytes)
    {
        if (value is not null && Encoding.UTF8.GetByteCount(value) > bytes) errors.TooLong(field, bytes);
    }

    /// <summary>At most so many items; gives those that are to be looked at.</summary>
    public static IReadOnlyList<T> AtMost<T>(this FieldErrors errors, string field, IReadOnlyList<T>? items, int most)
    {
        if (items is null) return [];
        if (items.Count > most) errors.TooMany(field, items.Count, most);
        return items.Count > most ? [.. items.Take(most)] : items;
    }

    /// <summary>A unicast MAC address that an interface may ask for.</summary>
    public static void Mac(this FieldErrors errors, string field, string? value)
    {
        if (value is not null && MacRules.Problem(value) is { } problem) errors.Invalid(field, value, problem);
    }

    public static void Ipv4(this FieldErrors errors, string field, string? value)
    {
        if (value is not null && !(IPAddress.TryParse(value, out var address) && address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == value))
        {
            errors.Invalid(field, value, "must be an IPv4 address such as `10.1.2.3`");
        }
    }

    private static string Text<T>(T value) => JsonSerializer.Serialize(value, ApiJson.Lenient);
}
