using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Rempart.ApiServer.Http;

/// <summary>
/// Paths are taken as they were written. The web server resolves dot segments before anybody else sees them: what a client, a proxy and an audit trail
/// read as one thing would be answered as another.
/// </summary>
internal static class PlainPath
{
    /// <summary>Stands for a path that was not written plainly: nothing is there.</summary>
    public const string None = "/.";

    /// <summary>The decoded path; null when it was written with empty or dot segments, encoded or not.</summary>
    public static string? Of(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "/";
        return IsPlain(http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "") ? path : null;
    }

    /// <summary>Whether a request target has no empty segment and none that is a dot or two.</summary>
    public static bool IsPlain(ReadOnlySpan<char> target)
    {
        var query = target.IndexOf('?');
        if (query >= 0) target = target[..query];
        if (target.Contains("//", StringComparison.Ordinal)) return false;
        // Most targets have neither a dot at a segment's beginning nor an encoded one.
        if (!target.Contains("/.", StringComparison.Ordinal) && !target.Contains("%2e", StringComparison.OrdinalIgnoreCase)) return true;
        foreach (var range in target.Split('/'))
        {
            var segment = target[range];
            while (segment.StartsWith(".", StringComparison.Ordinal) || segment.StartsWith("%2e", StringComparison.OrdinalIgnoreCase))
            {
                segment = segment[(segment[0] == '.' ? 1 : 3)..];
                if (segment.IsEmpty) return false;
            }
        }

        return true;
    }
}
