using System.Globalization;
using System.Text;

namespace Rempart.Node.Fetching;

/// <summary>What the head of an HTTP answer says, as far as a fetch asks. Pure; a stranger's words, so everything else is passed over.</summary>
/// <param name="Status">such as 200.</param>
/// <param name="Total">bytes of the whole file, this part and all before it; null when it does not say.</param>
/// <param name="ETag">a strong one, with its quotes; null for none.</param>
/// <param name="Challenge">of `WWW-Authenticate`, one for a bearer token before any other.</param>
internal sealed record ResponseHead(int Status, long? Total, string? ETag, string? Challenge)
{
    /// <summary>Most bytes that are looked at, from the end.</summary>
    internal const int Most = 64 * 1024;

    private const int LongestValue = 2048;

    /// <summary>The last whole head among those that curl has written, one for each redirect; null while there is none.</summary>
    internal static ResponseHead? Last(ReadOnlySpan<byte> heads)
    {
        var text = Encoding.Latin1.GetString(heads).Replace("\r\n", "\n", StringComparison.Ordinal);
        var end = text.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0) return null;
        var begin = text[..end].LastIndexOf("\n\n", StringComparison.Ordinal);
        return Parse(text[(begin < 0 ? 0 : begin + 2)..end].Split('\n'));
    }

    private static ResponseHead? Parse(string[] lines)
    {
        if (lines[0].Split(' ') is not [var version, var code, ..] || !version.StartsWith("HTTP/", StringComparison.Ordinal)
            || !int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var status)) return null;
        IEnumerable<string> Fields(string name) => lines.Skip(1).Where(line => line.Length < LongestValue && line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line[(name.Length + 1)..].Trim());
        string? Field(string name) => Fields(name).LastOrDefault();
        var etag = Field("ETag");
        var range = Field("Content-Range");
        return new ResponseHead(
            status,
            status == 206 ? Number(range?[(range.LastIndexOf('/') + 1)..]) : Number(Field("Content-Length")),
            etag is ['"', .., '"'] && etag.All(letter => letter is > ' ' and < '\x7f') ? etag : null,
            Fields("WWW-Authenticate").OrderBy(challenge => challenge.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)).LastOrDefault());
    }

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
