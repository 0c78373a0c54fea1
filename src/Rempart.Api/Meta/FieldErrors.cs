using System.Globalization;
using System.Text.Json;

namespace Rempart.Api.Meta;

/// <summary>
/// Collects what is wrong with an object, field by field, in the words of kube-apiserver (<c>validation/field</c>), and
/// makes the 422 Status of it. At most <see cref="Most"/> errors are kept: a hostile object must not make a huge answer.
/// </summary>
public sealed class FieldErrors
{
    /// <summary>Errors kept; further ones are counted only.</summary>
    public const int Most = 64;

    private const int LongestValue = 256;
    private readonly List<StatusCause> _causes = [];
    private int _dropped;

    /// <summary>The errors kept.</summary>
    public IReadOnlyList<StatusCause> Causes => _causes;

    /// <summary>Number of errors kept.</summary>
    public int Count => _causes.Count;

    /// <summary>A field is missing.</summary>
    /// <param name="field">Path such as <c>spec.volumes[0].size</c>.</param>
    /// <param name="detail">What to give, or nothing.</param>
    public void Required(string field, string detail = "") => Add("FieldValueRequired", field, detail.Length == 0 ? "Required value" : $"Required value: {detail}");

    /// <summary>A value breaks a rule.</summary>
    /// <param name="field">Path.</param>
    /// <param name="value">The value as it was given.</param>
    /// <param name="detail">The rule.</param>
    public void Invalid(string field, object? value, string detail) => Add("FieldValueInvalid", field, $"Invalid value: {Quote(value)}{Tail(detail)}");

    /// <summary>A value has the wrong JSON type or form.</summary>
    /// <param name="field">Path.</param>
    /// <param name="value">The value as it was given.</param>
    /// <param name="detail">The type that is expected.</param>
    public void TypeInvalid(string field, object? value, string detail) => Add("FieldValueTypeInvalid", field, $"Invalid value: {Quote(value)}{Tail(detail)}");

    /// <summary>A value is none of those that exist.</summary>
    /// <param name="field">Path.</param>
    /// <param name="value">The value as it was given.</param>
    /// <param name="supported">The values that exist.</param>
    public void NotSupported(string field, object? value, params IEnumerable<string> supported) =>
        Add("FieldValueNotSupported", field, $"Unsupported value: {Quote(value)}: supported values: {string.Join(", ", supported.Select(s => Quote(s)))}");

    /// <summary>The field may not be set or changed.</summary>
    /// <param name="field">Path.</param>
    /// <param name="detail">Why.</param>
    public void Forbidden(string field, string detail) => Add("FieldValueForbidden", field, $"Forbidden{Tail(detail)}");

    /// <summary>A value that must be unique is there twice.</summary>
    /// <param name="field">Path of the second one.</param>
    /// <param name="value">The value.</param>
    public void Duplicate(string field, object? value) => Add("FieldValueDuplicate", field, $"Duplicate value: {Quote(value)}");

    /// <summary>A text is too long.</summary>
    /// <param name="field">Path.</param>
    /// <param name="maxBytes">Most bytes in UTF-8.</param>
    public void TooLong(string field, int maxBytes) =>
        Add("FieldValueTooLong", field, string.Create(CultureInfo.InvariantCulture, $"Too long: may not be more than {maxBytes} bytes"));

    /// <summary>A list or map has too many items.</summary>
    /// <param name="field">Path.</param>
    /// <param name="actual">Items given.</param>
    /// <param name="max">Most items.</param>
    public void TooMany(string field, int actual, int max) =>
        Add("FieldValueTooMany", field, string.Create(CultureInfo.InvariantCulture, $"Too many: {actual}: must have at most {max} items"));

    /// <summary>A value names something that does not exist.</summary>
    /// <param name="field">Path.</param>
    /// <param name="value">The name.</param>
    public void NotFound(string field, object? value) => Add("FieldValueNotFound", field, $"Not found: {Quote(value)}");

    /// <summary>What a rule found that is written elsewhere; its sentence names the value.</summary>
    /// <param name="cause">Reason, field and sentence.</param>
    public void Found(StatusCause cause) => Add(cause.Reason!, cause.Field!, cause.Reason switch
    {
        "FieldValueInvalid" => $"Invalid value: {cause.Message}",
        "FieldValueNotSupported" => $"Unsupported value: {cause.Message}",
        "FieldValueForbidden" => $"Forbidden: {cause.Message}",
        "FieldValueDuplicate" => $"Duplicate value: {cause.Message}",
        "FieldValueTooMany" => $"Too many: {cause.Message}",
        _ => cause.Message!,
    });

    /// <summary>The 422 Status: <c>Kind.group "name" is invalid: path: message</c>.</summary>
    /// <param name="kind">Kind of the object.</param>
    /// <param name="name">Name of the object; empty when it has none.</param>
    public ApiStatus ToStatus(KindInfo kind, string? name)
    {
        string[] all = [.. _causes.Select(c => $"{c.Field}: {c.Message}")];
        var text = all.Length == 1 && _dropped == 0 ? all[0] : $"[{string.Join(", ", all)}{(_dropped > 0 ? string.Create(CultureInfo.InvariantCulture, $", and {_dropped} more") : "")}]";
        var qualified = kind.Group.Length == 0 ? kind.Kind : $"{kind.Kind}.{kind.Group}";
        return new ApiStatus
        {
            Status = "Failure",
            Code = 422,
            Reason = StatusReason.Invalid,
            Message = $"{qualified} {Quote(name ?? "")} is invalid: {text}",
            Details = new StatusDetails { Name = name, Group = kind.Group.Length == 0 ? null : kind.Group, Kind = kind.Kind, Causes = [.. _causes] },
        };
    }

    /// <summary>Ends the request when there is any error.</summary>
    /// <param name="kind">Kind of the object.</param>
    /// <param name="name">Name of the object.</param>
    /// <exception cref="ApiException">422 with one cause for each error.</exception>
    public void ThrowIfAny(KindInfo kind, string? name)
    {
        if (_causes.Count > 0) throw new ApiException(ToStatus(kind, name));
    }

    private void Add(string reason, string field, string message)
    {
        if (_causes.Count >= Most) _dropped++;
        else _causes.Add(new StatusCause { Reason = reason, Field = field, Message = message });
    }

    private static string Tail(string detail) => detail.Length == 0 ? "" : $": {detail}";

    private static string Quote(object? value) => value switch
    {
        null => "null",
        string text => Quoted(text),
        bool flag => flag ? "true" : "false",
        IFormattable number and (int or long or double or decimal) => number.ToString(null, CultureInfo.InvariantCulture),
        JsonElement { ValueKind: not JsonValueKind.String } element => Cut(element.GetRawText()),
        _ => Quoted(value.ToString() ?? ""),
    };

    private static string Quoted(string text) => $"\"{Cut(text).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";

    private static string Cut(string text) => text.Length <= LongestValue ? text : text[..LongestValue] + "…";
}
