namespace Rempart.Telemetry.Metrics;

/// <summary>Tags as the text format writes labels: <c>code="200",verb="get"</c>. The rendered text is also a series' key.</summary>
internal static class LabelText
{
    /// <summary>More than our labels take; longer ones are cut, so that a label never costs a buffer of its own.</summary>
    public const int MaxChars = 512;

    /// <summary>Renders into a buffer of at least <see cref="MaxChars"/> and returns how much of it. What doesn't fit is left out, whole labels only.</summary>
    public static int Render(ReadOnlySpan<KeyValuePair<string, object?>> tags, Span<char> buffer)
    {
        var at = 0;
        foreach (var (name, value) in tags)
        {
            var start = at;
            if (!Label(name, value, buffer, ref at)) at = start;
        }
        return at;
    }

    private static bool Label(string name, object? value, Span<char> buffer, ref int at)
    {
        if (at > 0 && !Put(",", buffer, ref at)) return false;
        if (!Put(name, buffer, ref at) || !Put("=\"", buffer, ref at)) return false;
        foreach (var c in value as string ?? value?.ToString() ?? "")
        {
            var text = c switch { '\\' => @"\\", '"' => "\\\"", '\n' => @"\n", _ => null };
            if (text is not null ? !Put(text, buffer, ref at) : !Put(new ReadOnlySpan<char>(in c), buffer, ref at)) return false;
        }
        return Put("\"", buffer, ref at);
    }

    private static bool Put(ReadOnlySpan<char> text, Span<char> buffer, ref int at)
    {
        if (!text.TryCopyTo(buffer[at..])) return false;
        at += text.Length;
        return true;
    }
}
