using System.Buffers;
using System.Globalization;

namespace Rempart.ApiServer.Http;

/// <summary>Times as Go writes them (<c>time.ParseDuration</c>), without signs: <c>32s</c>, <c>1m30s</c>, <c>1.5h</c>, <c>300ms</c>.</summary>
internal static class GoDuration
{
    private const int Longest = 32;
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    /// <summary>Reads a time of at most a day; what is longer is a day.</summary>
    public static bool TryParse(string text, out TimeSpan time)
    {
        time = TimeSpan.Zero;
        if (text is "0") return true;
        if (text.Length is 0 or > Longest) return false;
        var seconds = 0.0;
        var rest = text.AsSpan();
        while (rest.Length > 0)
        {
            var digits = rest.IndexOfAnyExcept(Digits);
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return false;
            rest = rest[digits..];
            var letters = rest.IndexOfAny(Digits);
            var unit = letters < 0 ? rest : rest[..letters];
            if (Scale(unit) is not { } scale) return false;
            seconds += number * scale;
            rest = rest[unit.Length..];
        }

        time = TimeSpan.FromSeconds(Math.Min(seconds, 24 * 3600));
        return true;
    }

    private static double? Scale(ReadOnlySpan<char> unit) => unit switch
    {
        "h" => 3600,
        "m" => 60,
        "s" => 1,
        "ms" => 1e-3,
        "us" or "µs" => 1e-6,
        "ns" => 1e-9,
        _ => null,
    };
}
