using System.Globalization;

namespace Rempart.ApiServer.Tables;

/// <summary>Durations as kubectl shows ages (apimachinery <c>duration.HumanDuration</c>): two units at most, fewer the longer it is.</summary>
internal static class HumanDuration
{
    /// <summary>Such as <c>45s</c>, <c>3m10s</c>, <c>5h2m</c>, <c>4d3h</c>, <c>2y10d</c>.</summary>
    public static string Of(TimeSpan duration)
    {
        var seconds = (long)duration.TotalSeconds;
        var (minutes, hours) = (seconds / 60, seconds / 3600);
        var days = hours / 24;
        return seconds switch
        {
            // Clocks of two machines may differ by a second or two.
            < -1 => "<invalid>",
            < 0 => "0s",
            < 120 => Text(seconds, "s"),
            < 600 => Text(minutes, "m", seconds % 60, "s"),
            < 180 * 60 => Text(minutes, "m"),
            < 8 * 3600 => Text(hours, "h", minutes % 60, "m"),
            < 48 * 3600 => Text(hours, "h"),
            < 8 * 86400 => Text(days, "d", hours % 24, "h"),
            < 2 * 365 * 86400 => Text(days, "d"),
            < 8L * 365 * 86400 => Text(days / 365, "y", days % 365, "d"),
            _ => Text(days / 365, "y"),
        };
    }

    private static string Text(long large, string unit, long small = 0, string smallUnit = "") =>
        string.Create(CultureInfo.InvariantCulture, $"{large}{unit}") + (small == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{small}{smallUnit}"));
}
