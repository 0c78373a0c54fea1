using System.Globalization;
using System.Text;
using Rempart.Node.Jail;
using Rempart.Node.Tests.Machines;
using Rempart.Protocols.Oci;

namespace Rempart.Node.Tests.Battery;

/// <summary>A table of docs/security/jail.md.</summary>
/// <param name="begin">the line before it.</param>
/// <param name="filter">of system calls, in that jail.</param>
internal sealed class BatteryTable(string begin, OciSeccomp filter)
{
    private const string End = "<!-- end of battery -->";
    private const string Nothing = "nothing";

    private readonly HashSet<string> allowed =
        [.. filter.Syscalls.Where(rule => rule.Action == "SCMP_ACT_ALLOW" && rule.Args is null).SelectMany(rule => rule.Names)];

    internal static BatteryTable OfMachine { get; } = new("<!-- battery: written by JailBatteryTests -->\n", JailBundle.Seccomp);

    internal static BatteryTable OfFetcher { get; } = new("<!-- battery: written by FetcherBatteryTests -->\n", JailBundle.Connecting);

    /// <summary>The rows that the document holds. With REMPART_WRITE_TABLE=1 the test writes what ran into it.</summary>
    internal string Committed
    {
        get
        {
            var text = File.ReadAllText(Document);
            var start = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
            return text[start..text.IndexOf(End, start, StringComparison.Ordinal)];
        }
    }

    private static string Document => Path.Combine(MicroGuest.Repository, "docs/security/jail.md");

    /// <summary>Whether nothing but the filter stands in its way.</summary>
    internal static bool HasOnlyFilter(Attempt attempt) => attempt.Behind.StartsWith(Nothing, StringComparison.Ordinal);

    /// <summary>The runtime's filter says ENOSYS to calls that are newer than its library knows: which ones is the host's affair.</summary>
    internal static string Comparable(string table) => table.Replace("| ENOSYS | filter", "| EPERM | filter", StringComparison.Ordinal);

    internal string Write(IReadOnlyList<AttemptResult> results)
    {
        var text = new StringBuilder();
        foreach (var group in results.GroupBy(result => result.Attempt.Group, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### {char.ToUpperInvariant(group.Key[0])}{group.Key[1..]}\n| Attempt | In the jail | Held by |\n|---|---|---|\n");
            foreach (var result in group) text.Append(CultureInfo.InvariantCulture, $"| {result.Attempt.Name} | {result.Word} | {HeldBy(result)} |\n");
        }
        text.Append('\n');
        var table = text.ToString();
        if (Environment.GetEnvironmentVariable("REMPART_WRITE_TABLE") == "1") File.WriteAllText(Document, File.ReadAllText(Document).Replace(begin + Committed + End, begin + table + End, StringComparison.Ordinal));
        return table;
    }

    private string HeldBy(AttemptResult result)
    {
        var attempt = result.Attempt;
        var filtered = result.Word is "EPERM" or "ENOSYS" && !Calls(attempt).TrueForAll(allowed.Contains);
        if (!filtered) return attempt.Behind;
        return HasOnlyFilter(attempt) ? "filter" : $"filter, then {attempt.Behind}";
    }

    private static List<string> Calls(Attempt attempt)
    {
        var script = new AttemptScript(new BatteryProgram(), "#", BatteryTargets.None);
        attempt.Script(script);
        return script.Names;
    }
}
