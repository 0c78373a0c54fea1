using System.Globalization;
using System.Text;
using Rempart.Api.Compute;

namespace Rempart.Cli.Output;

/// <summary>A report on a placement for people.</summary>
internal static class WhyText
{
    /// <summary>The sentence, then hosts with their scores, then what was refused.</summary>
    public static string Format(PlacementReport report)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"machine   {Clean(report.Metadata.Namespace)}/{Clean(report.Metadata.Name)}\n");
        if (report.NodeName is { } node) text.Append(CultureInfo.InvariantCulture, $"is on     {Clean(node)}\n");
        if (report.Choice is { } choice && choice != report.NodeName) text.Append(CultureInfo.InvariantCulture, $"would go  to {Clean(choice)}\n");
        text.Append(CultureInfo.InvariantCulture, $"hosts     {Clean(report.Message)}\n");
        if (report.Verdicts is not { } verdicts)
        {
            text.Append("\nWho may not list nodes is not told which hosts these are.\n");
            return text.ToString();
        }

        var fits = verdicts.Where(verdict => verdict.Filter is null).ToList();
        if (fits.Count > 0)
        {
            var names = fits.SelectMany(fit => fit.Scores ?? []).Select(score => score.Name).Distinct(StringComparer.Ordinal).ToList();
            text.Append('\n').Append(ColumnText.Format(["HOST", "SCORE", .. names.Select(name => name.ToUpperInvariant())],
                [.. fits.Select(fit => (IReadOnlyList<string>)[fit.Node, Number(fit.Score), .. names.Select(name => Number(fit.Scores?.FirstOrDefault(score => score.Name == name)?.Points))])]));
        }

        var refused = verdicts.Where(verdict => verdict.Filter is not null).ToList();
        if (refused.Count > 0) text.Append('\n').Append(ColumnText.Format(["HOST", "REFUSED BY", "BECAUSE IT"], [.. refused.Select(verdict => (IReadOnlyList<string>)[verdict.Node, verdict.Filter!, verdict.Message ?? ""])]));
        if (report.Hosts > verdicts.Count) text.Append(CultureInfo.InvariantCulture, $"\nand {report.Hosts - verdicts.Count} more hosts\n");
        return text.ToString();
    }

    private static string Number(int? points) => points?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static string Clean(string? text) => ColumnText.Printable(text ?? "");
}
