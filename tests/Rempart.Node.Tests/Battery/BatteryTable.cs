using System.Globalization;
using System.Text;
using Rempart.Node.Jail;
using Rempart.Node.Tests.Machines;

namespace Rempart.Node.Tests.Battery;

/// <summary>The table of docs/security/jail.md.</summary>
internal static class BatteryTable
{
    private const string Begin = "<!-- battery: written by JailBatteryTests -->\n";
    private const string End = "<!-- end of battery -->";
    private const string Nothing = "nothing";

    private static readonly HashSet<string> Allowed =
        [.. JailBundle.Seccomp.Syscalls.Where(rule => rule.Action == "SCMP_ACT_ALLOW" && rule.Args is null).SelectMany(rule => rule.Names)];

    /// <summary>The rows that the document holds. With REMPART_WRITE_TABLE=1 the test writes what ran into it.</summary>
    internal static string Committed
    {
        get
        {
            var text = File.ReadAllText(Document);
            var start = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
            return text[start..text.IndexOf(End, StringComparison.Ordinal)];
        }
    }

    private static string Document => Path.Combine(MicroGuest.Repository, "docs/security/jail.md");

    /// <summary>Whether nothing but the filter stands in its way.</summary>
    internal static bool HasOnlyFilter(Attempt attempt) => attempt.Behind.StartsWith(Nothing, StringComparison.Ordinal);

    /// <summary>The runtime's filter says ENOSYS to calls that are newer than its library knows: which ones is the host's affair.</summary>
    internal static string Comparable(string table) => table.Replace("| ENOSYS | filter", "| EPERM | filter", StringComparison.Ordinal);

    internal static string Write(IReadOnlyList<AttemptResult> results)
    {
        var text = new StringBuilder();
        foreach (var group in results.GroupBy(result => Attempts.All[result.Index].Group, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### {char.ToUpperInvariant(group.Key[0])}{group.Key[1..]}\n| Attempt | In the jail | Held by |\n|---|---|---|\n");
            foreach (var result in group) text.Append(CultureInfo.InvariantCulture, $"| {Attempts.All[result.Index].Name} | {result.Word} | {HeldBy(result)} |\n");
        }
        text.Append('\n');
        var table = text.ToString();
        if (Environment.GetEnvironmentVariable("REMPART_WRITE_TABLE") == "1") File.WriteAllText(Document, File.ReadAllText(Document).Replace(Begin + Committed + End, Begin + table + End, StringComparison.Ordinal));
        return table;
    }

    private static string HeldBy(AttemptResult result)
    {
        var attempt = Attempts.All[result.Index];
        var filter = result.Word is "EPERM" or "ENOSYS" && !Calls(attempt).TrueForAll(Allowed.Contains);
        if (!filter) return attempt.Behind;
        return HasOnlyFilter(attempt) ? "filter" : $"filter, then {attempt.Behind}";
    }

    private static List<string> Calls(Attempt attempt)
    {
        var script = new AttemptScript(new BatteryProgram(), "#", BatteryTargets.None);
        attempt.Script(script);
        return script.Names;
    }
}
