using System.Text;

namespace Rempart.Cli.Output;

/// <summary>Columns as kubectl prints them: upper-case headers, three spaces between, no rules.</summary>
internal static class ColumnText
{
    /// <summary>Lays out rows below headers.</summary>
    /// <param name="headers">Headers; null for none.</param>
    /// <param name="rows">Cells.</param>
    /// <param name="widths">Widths kept from a former call, so that a watch's lines stay in their columns.</param>
    public static string Format(IReadOnlyList<string>? headers, IReadOnlyList<IReadOnlyList<string>> rows, int[]? widths = null)
    {
        var lines = headers is null ? rows : [headers, .. rows];
        if (lines.Count == 0) return "";
        widths ??= Widths(lines);
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            for (var i = 0; i < line.Count; i++)
            {
                var cell = Printable(line[i]);
                text.Append(i == line.Count - 1 ? cell : cell.PadRight(widths[i] + 3));
            }

            while (text.Length > 0 && text[^1] == ' ') text.Length--;
            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The widest cell of each column.</summary>
    /// <param name="lines">Headers and rows.</param>
    public static int[] Widths(IReadOnlyList<IReadOnlyList<string>> lines)
    {
        var widths = new int[lines.Max(l => l.Count)];
        foreach (var line in lines)
            for (var i = 0; i < line.Count; i++) widths[i] = Math.Max(widths[i], Printable(line[i]).Length);
        return widths;
    }

    /// <summary>The text without control characters: objects come from others, and a terminal obeys escape sequences.</summary>
    /// <param name="text">Anything.</param>
    public static string Printable(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;
}
