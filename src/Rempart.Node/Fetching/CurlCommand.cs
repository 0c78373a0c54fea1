using System.Globalization;
using Rempart.Node.Volumes;

namespace Rempart.Node.Fetching;

/// <summary>The command line of curl in its jail. Pure. Its files are handed to it in the order of the constants.</summary>
internal static class CurlCommand
{
    internal const int Body = 0;
    internal const int Heads = 1;
    internal const int Egress = 2;
    internal const int Authorities = 3;
    internal const int Headers = 4;
    internal const string Mark = "answered ";

    /// <summary>Redirects that are followed.</summary>
    internal const int MostRedirects = 5;

    internal static IReadOnlyList<string> Arguments(CurlRequest request) =>
    [
        // First: no configuration file.
        "-q", "--silent", "--show-error", "--fail", "--globoff", "--disallow-username-in-url", "--no-sessionid", "--http1.1",
        "--proto", "=https", "--proto-redir", "=https", "--tlsv1.2", "--location", "--max-redirs", Number(MostRedirects),
        "--proxy", $"socks5h://localhost{JailedToolRun.PathOf(Egress)}", "--cacert", JailedToolRun.PathOf(Authorities),
        "--header", $"@{JailedToolRun.PathOf(Headers)}", "--user-agent", "rempart-node",
        "--connect-timeout", "30", "--speed-time", Number(request.StallSeconds), "--speed-limit", "16384", "--max-filesize", Number(request.Most),
        .. request.Offset > 0 ? ["--continue-at", Number(request.Offset)] : Array.Empty<string>(),
        "--dump-header", JailedToolRun.PathOf(Heads), "--output", JailedToolRun.PathOf(Body), "--write-out", $"\\n{Mark}%{{http_code}}\\n",
        "--url", request.Url.AbsoluteUri,
    ];

    /// <summary>The file of headers. The bytes must be the file's own: no encoding is asked for, and none is undone.</summary>
    internal static string HeaderFile(CurlRequest request) => string.Join('\n',
    [
        "Accept-Encoding: identity",
        .. request.Accept is { } accept ? [$"Accept: {accept}"] : Array.Empty<string>(),
        .. request.Token is { } token ? [$"Authorization: Bearer {token}"] : Array.Empty<string>(),
        .. request is { Offset: > 0, ETag: { } etag } ? [$"If-Range: {etag}"] : Array.Empty<string>(),
        "",
    ]);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
