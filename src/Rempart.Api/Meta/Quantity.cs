using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Text.Json.Serialization;

namespace Rempart.Api.Meta;

/// <summary>
/// A number with an optional suffix, kept as it was written: <c>512Mi</c>, <c>2</c>, <c>500m</c>, <c>1e3</c>
/// (Kubernetes <c>resource.Quantity</c>). Suffixes: n u m, k M G T P E, Ki Mi Gi Ti Pi Ei, and decimal exponents.
/// </summary>
[JsonConverter(typeof(QuantityJsonConverter))]
public readonly record struct Quantity
{
    private readonly string? _text;

    private Quantity(string text, decimal value)
    {
        _text = text;
        Value = value;
    }

    /// <summary>The amount in base units (bytes, cores).</summary>
    public decimal Value { get; }

    /// <summary>The amount in whole base units, rounded up.</summary>
    public long Units => (long)Math.Ceiling(Value);

    /// <summary>A quantity of whole units, written with the largest binary suffix that keeps it exact.</summary>
    /// <param name="bytes">Amount.</param>
    public static Quantity FromBytes(long bytes)
    {
        string[] suffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
        var (n, i) = (bytes, 0);
        while (n != 0 && n % 1024 == 0 && i < suffixes.Length - 1) (n, i) = (n / 1024, i + 1);
        return new Quantity(n.ToString(CultureInfo.InvariantCulture) + suffixes[i], bytes);
    }

    /// <summary>
    /// A quantity in Kubernetes' canonical form of decimal suffixes: <c>2</c>, <c>1500m</c>, <c>1k</c>. What is finer than a thousandth is rounded up.
    /// </summary>
    /// <param name="amount">Amount in base units, at most 2^63-1.</param>
    public static Quantity FromAmount(decimal amount)
    {
        string[] suffixes = ["m", "", "k", "M", "G", "T", "P", "E"];
        var (n, i) = (Math.Ceiling(Math.Min(amount, long.MaxValue) * 1000), 0);
        var exact = n / 1000;
        while (i < suffixes.Length - 1 && (n == 0 ? i == 0 : n % 1000 == 0)) (n, i) = (n / 1000, i + 1);
        return new Quantity(n.ToString("0", CultureInfo.InvariantCulture) + suffixes[i], exact);
    }

    /// <summary>Reads a quantity.</summary>
    /// <param name="text">At most 32 characters.</param>
    /// <param name="value">The quantity.</param>
    /// <returns>False when the text is not a quantity or exceeds 2^63-1 base units.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out Quantity value)
    {
        value = default;
        if (text is null || text.Length is 0 or > 32) return false;
        var end = text.Length;
        while (end > 0 && !char.IsAsciiDigit(text[end - 1]) && text[end - 1] != '.') end--;
        var (number, suffix) = (text[..end], text[end..]);
        if (Scale(suffix) is not { } scale) return false;
        if (suffix.Length > 0 && number.AsSpan().ContainsAny('e', 'E')) return false;
        if (!decimal.TryParse(number, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var amount)) return false;
        if (Math.Abs(amount) > long.MaxValue / scale) return false;
        value = new Quantity(text, amount * scale);
        return true;
    }

    /// <summary>Reads a quantity that is known to be right.</summary>
    /// <param name="text">The quantity's text.</param>
    /// <exception cref="FormatException">It is not a quantity.</exception>
    public static Quantity Parse(string text) =>
        TryParse(text, out var value) ? value : throw new FormatException($"`{text}` is not a quantity such as `512Mi` or `2`");

    /// <summary>The text as it was written.</summary>
    public override string ToString() => _text ?? "0";

    /// <summary>Equal amounts are equal however they were written.</summary>
    /// <param name="other">The other quantity.</param>
    public bool Equals(Quantity other) => Value == other.Value;

    /// <summary>Hash of the amount.</summary>
    public override int GetHashCode() => Value.GetHashCode();

    private static decimal? Scale(string suffix) => suffix switch
    {
        "" => 1m,
        "n" => 0.000000001m,
        "u" => 0.000001m,
        "m" => 0.001m,
        "k" => 1_000m,
        "M" => 1_000_000m,
        "G" => 1_000_000_000m,
        "T" => 1_000_000_000_000m,
        "P" => 1_000_000_000_000_000m,
        "E" => 1_000_000_000_000_000_000m,
        "Ki" => 1024m,
        "Mi" => 1024m * 1024,
        "Gi" => 1024m * 1024 * 1024,
        "Ti" => 1024m * 1024 * 1024 * 1024,
        "Pi" => 1024m * 1024 * 1024 * 1024 * 1024,
        "Ei" => (decimal)BigInteger.Pow(1024, 6),
        _ => null,
    };
}
