using System.Text.Json;

namespace Rempart.ApiServer.Tables;

/// <summary>One cell: a text, a number, a truth value or nothing.</summary>
internal readonly record struct TableCell
{
    private readonly string? _text;
    private readonly long? _number;
    private readonly bool? _flag;

    private TableCell(string? text, long? number, bool? flag) => (_text, _number, _flag) = (text, number, flag);

    /// <summary>Shown where there is no value, as kubectl users know it.</summary>
    public static TableCell None { get; } = new("<none>", null, null);

    /// <summary>Shown where a value is not known yet.</summary>
    public static TableCell Unknown { get; } = new("<unknown>", null, null);

    /// <summary>Shown where nothing is to be said.</summary>
    public static TableCell Empty { get; } = new("", null, null);

    public static TableCell Of(string? text) => string.IsNullOrEmpty(text) ? None : new(text, null, null);

    /// <summary>A text as it is, also when it is empty.</summary>
    public static TableCell Plain(string? text) => new(text ?? "", null, null);

    public static TableCell Of(long number) => new(null, number, null);

    public static TableCell Of(bool flag) => new(null, null, flag);

    public void Write(Utf8JsonWriter writer)
    {
        if (_number is { } number) writer.WriteNumberValue(number);
        else if (_flag is { } flag) writer.WriteBooleanValue(flag);
        else writer.WriteStringValue(_text);
    }
}
