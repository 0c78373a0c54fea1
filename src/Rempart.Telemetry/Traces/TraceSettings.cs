using System.Globalization;
using System.Net;

namespace Rempart.Telemetry.Traces;

/// <summary>Where spans go, and of how many traces.</summary>
/// <param name="Endpoint">Base address of a collector that takes OTLP over HTTP; <c>/v1/traces</c> is added.</param>
/// <param name="Ratio">How many of all traces, 0 to 1. All processes of a cluster should have the same, else traces have gaps.</param>
public sealed record TraceSettings(Uri Endpoint, double Ratio)
{
    /// <summary>Reads what an administrator gave.</summary>
    /// <param name="endpoint"><c>https://…</c>; <c>http</c> only to a loopback address, since spans name machines and projects.</param>
    /// <param name="ratio">A number from 0 to 1; null for 1.</param>
    /// <exception cref="FormatException">It is wrong; the message says how.</exception>
    public static TraceSettings Parse(string endpoint, string? ratio)
    {
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http")) throw new FormatException($"`--traces` must be an https address, not `{endpoint}`");
        if (address.Scheme == "http" && !IsLoopback(address)) throw new FormatException($"`--traces` must be https where it leads to another host: `{endpoint}`");
        if (address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0) throw new FormatException("`--traces` must be an address alone, without user, query or fragment");
        var share = 1d;
        if (ratio is not null && !(double.TryParse(ratio, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out share) && share is >= 0 and <= 1))
            throw new FormatException($"`--traces-ratio` must be a number from 0 to 1, not `{ratio}`");
        return new TraceSettings(address, share);
    }

    /// <summary>Where batches are posted.</summary>
    internal Uri Traces => new(Endpoint.AbsoluteUri.TrimEnd('/') + "/v1/traces");

    // A name may lead anywhere tomorrow; only `localhost` is loopback by definition (RFC 6761).
    private static bool IsLoopback(Uri address) => address.Host == "localhost" || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}
