using System.Globalization;
using System.Text.RegularExpressions;

namespace Rempart.Lab.Tests.Scenarios;

/// <summary>What `stream` in a micro guest has said: lines of its own form, whatever else was on the console.</summary>
/// <param name="Said">how many lines it has written, of both kinds.</param>
/// <param name="Lines">the newest number that came by the connection.</param>
/// <param name="Wrong">how many did not follow the one before.</param>
/// <param name="Rounds">how often the other end has read its memory and disk again.</param>
/// <param name="Bad">how often they were not as written.</param>
/// <param name="Gap">milliseconds: the longest time without a line.</param>
/// <param name="PingGap">milliseconds: the longest time without an answer; null when nobody pings.</param>
/// <param name="Missing">pings without an answer.</param>
/// <param name="HasEnded">the one connection that it opens has ended.</param>
internal sealed partial record StreamLog(int Said, long Lines, long Wrong, long Rounds, long Bad, int Gap, int? PingGap, long Missing, bool HasEnded)
{
    public static StreamLog Nothing { get; } = new(0, 0, 0, 0, 0, 0, null, 0, false);

    /// <summary>What was said since, with what is counted from the beginning and gaps of this text alone.</summary>
    public StreamLog Then(string text)
    {
        var log = this with { Gap = 0, PingGap = null };
        foreach (var line in text.Split('\n'))
        {
            if (Line().Match(line) is { Success: true } came)
                log = log with { Said = log.Said + 1, Lines = Number(came, "lines"), Wrong = Number(came, "wrong"), Rounds = Number(came, "rounds"), Bad = Number(came, "bad"), Gap = Math.Max(log.Gap, (int)Number(came, "gap")) };
            else if (Ping().Match(line) is { Success: true } answered)
                log = log with { Said = log.Said + 1, Missing = Number(answered, "missing"), PingGap = Math.Max(log.PingGap ?? 0, (int)Number(answered, "gap")) };
            else if (End().IsMatch(line))
                log = log with { Said = log.Said + 1, HasEnded = true };
        }
        return log;
    }

    private static long Number(Match match, string group) => long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^[\d.]+: (?<lines>\d+) lines, (?<wrong>\d+) out of order, longest gap (?<gap>\d+) ms; (?<rounds>\d+) rounds of memory and disk, (?<bad>\d+) bad$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();

    [GeneratedRegex(@"^[\d.]+: \d+ pings answered, (?<missing>\d+) not, longest gap (?<gap>\d+) ms$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Ping();

    [GeneratedRegex(@"^[\d.]+: the stream has ended behind line \d+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex End();
}
