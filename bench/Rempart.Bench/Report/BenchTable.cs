using System.Text;

namespace Rempart.Bench.Report;

/// <summary>A table as people read it and as `bench/results` keeps it.</summary>
/// <param name="Title">What is in it, with units.</param>
/// <param name="Columns">Their names; the first is the row's.</param>
/// <param name="Rows">Cells, as many as columns.</param>
internal sealed record BenchTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>In Markdown, padded so that it reads well in a terminal too.</summary>
    internal string ToText()
    {
        var widths = Columns.Select((name, column) => Rows.Select(row => row[column].Length).Append(name.Length).Max()).ToArray();
        var text = new StringBuilder().Append(Title).Append("\n\n");
        Line(text, Columns, widths);
        text.Append('|').AppendJoin('|', widths.Select((width, column) => column == 0 ? new string('-', width + 2) : new string('-', width + 1) + ":")).Append("|\n");
        foreach (var row in Rows) Line(text, row, widths);
        return text.ToString();
    }

    private static void Line(StringBuilder text, IReadOnlyList<string> cells, int[] widths) =>
        text.Append('|').AppendJoin('|', cells.Select((cell, column) => column == 0 ? $" {cell.PadRight(widths[column])} " : $" {cell.PadLeft(widths[column])} ")).Append("|\n");
}
