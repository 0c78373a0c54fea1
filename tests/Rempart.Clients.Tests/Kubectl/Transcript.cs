using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Rempart.Clients.Tests.Kubectl;

/// <summary>
/// Command lines with what they are to print. A line <c>$ …</c> is run by bash; the lines below it that are indented by two spaces are what it is
/// to print on both streams; <c>? 1</c> below them is its exit code when it is not 0; <c>file NAME</c> writes the indented lines below it. A line
/// <c>...</c> stands for any lines. What differs from run to run is named: <c>&lt;age&gt;</c>, <c>&lt;time&gt;</c>, <c>&lt;uid&gt;</c>, <c>&lt;n&gt;</c> (a version).
/// Empty lines and the width of columns are not compared. Comments begin with <c>#</c>; <c># kube:</c> says what kube-apiserver has kubectl print where that differs.
/// </summary>
internal static partial class Transcript
{
    public static IReadOnlyList<Step> Read(IReadOnlyList<string> lines)
    {
        var steps = new List<Step>();
        for (var i = 0; i < lines.Count; i++)
        {
            var (head, at) = (lines[i], i + 1);
            var body = new List<string>();
            while (i + 1 < lines.Count && lines[i + 1].StartsWith("  ", StringComparison.Ordinal)) body.Add(lines[++i][2..]);
            var exit = i + 1 < lines.Count && lines[i + 1].StartsWith("? ", StringComparison.Ordinal) ? int.Parse(lines[++i][2..], CultureInfo.InvariantCulture) : 0;
            var step = new Step(at, head, body, exit);
            Assert.True(step.Command is not null || step.File is not null || (body.Count == 0 && exit == 0 && (head.Length == 0 || head[0] == '#')), $"line {at} is no command, file or comment: `{head}`");
            steps.Add(step);
        }

        return steps;
    }

    /// <summary>What was printed, with names for what differs from run to run.</summary>
    /// <param name="printed">What was printed.</param>
    /// <param name="names">Texts of this run, such as the server's address, and what stands for them.</param>
    public static IReadOnlyList<string> Named(string printed, IEnumerable<(string Text, string Name)> names)
    {
        foreach (var (text, name) in names) printed = printed.Replace(text, name, StringComparison.Ordinal);
        printed = Uid().Replace(printed, "<uid>");
        printed = Time().Replace(printed, "<time>");
        printed = LongTime().Replace(printed, "<time>");
        printed = Version().Replace(printed, "${before}<n>${after}");
        printed = Edited().Replace(printed, "kubectl-edit-<n>");
        printed = Age().Replace(printed, "<age>");
        return [.. printed.Split('\n').Select(line => Spaces().Replace(line.TrimEnd().Replace("\t", "  ", StringComparison.Ordinal), "${first}  ")).Where(line => line.Length > 0 && !Logged().IsMatch(line))];
    }

    /// <summary>True when the lines are those expected, of which <c>...</c> stands for any.</summary>
    public static bool Fits(IReadOnlyList<string> expected, IReadOnlyList<string> actual)
    {
        // Which of the expected lines may come next; an ellipsis stays possible.
        var wanted = expected.Select(line => Spaces().Replace(line.TrimEnd(), "${first}  ")).Where(line => line.Length > 0).ToList();
        var places = new HashSet<int> { 0 };
        Pass(places);
        foreach (var line in actual)
        {
            var next = new HashSet<int>();
            foreach (var place in places.Where(place => place < wanted.Count))
            {
                if (wanted[place].Trim() == "...") next.Add(place);
                else if (wanted[place] == line) next.Add(place + 1);
            }

            Pass(next);
            places = next;
        }

        return places.Contains(wanted.Count);

        void Pass(HashSet<int> at)
        {
            for (var place = 0; place < wanted.Count; place++)
            {
                if (at.Contains(place) && wanted[place].Trim() == "...") at.Add(place + 1);
            }
        }
    }

    /// <summary>The transcript as it would be with what was printed now.</summary>
    public static string Written(IEnumerable<Step> steps)
    {
        var text = new StringBuilder();
        foreach (var step in steps)
        {
            text.Append(step.Head).Append('\n');
            foreach (var line in step.Body) text.Append("  ").Append(line).Append('\n');
            if (step.Exit != 0) text.Append(CultureInfo.InvariantCulture, $"? {step.Exit}\n");
        }

        return text.ToString();
    }

    [GeneratedRegex(@"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")]
    private static partial Regex Uid();

    [GeneratedRegex(@"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| \+0000 UTC|[+-]\d\d:\d\d)")]
    private static partial Regex Time();

    [GeneratedRegex(@"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")]
    private static partial Regex LongTime();

    // What the client's libraries log of the machine's haste, such as a watch that had to be short.
    [GeneratedRegex(@"^[IW]\d{4} \d\d:\d\d:\d\d")]
    private static partial Regex Logged();

    [GeneratedRegex(@"kubectl-edit-\d+")]
    private static partial Regex Edited();

    [GeneratedRegex("""(?<before>resourceVersion"?: ?"|Resource Version: +)[0-9]+(?<after>"?)""")]
    private static partial Regex Version();

    [GeneratedRegex(@"(?<![\w=:.-])(?:<unknown>|(?:\d+d)?(?:\d+h)?(?:\d+m)?\d+s|\d+m)(?: ago)?(?![\w:.-])")]
    private static partial Regex Age();

    [GeneratedRegex(@"(?<first>\S) {2,}")]
    private static partial Regex Spaces();
}
