using System.Globalization;
using System.Text;
using System.Text.Json;
using Rempart.Policy.Simulation;

namespace Rempart.Cli.Output;

/// <summary>A simulation's outcome for people.</summary>
internal static class SimulationText
{
    private const int MostReasons = 20;

    /// <summary>How the outcome is written for programs.</summary>
    public static JsonSerializerOptions Json { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>Lays the outcome out.</summary>
    public static string Format(SimulationResult result, SimulatedCluster cluster)
    {
        var text = new StringBuilder();
        var waiting = result.Unplaced.Values.Sum();
        Line(text, "cluster", $"{result.Hosts} hosts, {cluster.Rules.Count} placement rules");
        Line(text, "machines", $"{result.Arrived} arrived, {result.Departed} left, {result.Moved} placed again after {result.Failed} hosts had failed");
        Line(text, "placed", $"{result.Placed}, and {waiting} found no host");
        Line(text, "violations", $"{result.Overbooked} hosts overbooked, {result.BrokenRules} required rules broken");
        Line(text, "memory", Share(result.Memory));
        Line(text, "processors", Share(result.Processors));
        Line(text, "stranded", string.Create(CultureInfo.InvariantCulture, $"{result.StrandedMemory:0.0} % of memory and {result.StrandedProcessors:0.0} % of processors are free on hosts that take no average machine"));
        if (result.InAllZones is { } spread) Line(text, "spread", string.Create(CultureInfo.InvariantCulture, $"{spread:0.0} % of groups of one project and template are in as many zones as they could be"));
        var rate = result.Took > TimeSpan.Zero ? result.Decisions / result.Took.TotalSeconds : 0;
        Line(text, "speed", string.Create(CultureInfo.InvariantCulture, $"{result.Decisions} decisions in {result.Took.TotalSeconds:0.00} s on one core, {rate:0} a second"));
        if (waiting > 0) text.Append('\n').Append(ColumnText.Format(["MACHINES", "FOUND NO HOST BECAUSE"], [.. Reasons(result)]));
        return text.ToString();
    }

    private static IEnumerable<IReadOnlyList<string>> Reasons(SimulationResult result) => result.Unplaced.OrderByDescending(why => why.Value).ThenBy(why => why.Key, StringComparer.Ordinal).Take(MostReasons)
        .Select(why => (IReadOnlyList<string>)[why.Value.ToString(CultureInfo.InvariantCulture), why.Key]);

    private static string Share(SimulationShare share) => string.Create(CultureInfo.InvariantCulture, $"{share.Used:0.0} % given out (hosts {share.Least:0.0} to {share.Most:0.0} %, deviation {share.Deviation:0.0})");

    private static void Line(StringBuilder text, string name, string value) => text.Append(name.PadRight(12)).Append(value).Append('\n');
}
