using System.Globalization;

namespace Rempart.Node.Metrics;

/// <summary>What went through an interface, as the kernel counts it: received by the host's end is sent by the guest's.</summary>
/// <param name="ReceivedBytes">bytes that the host's end got.</param>
/// <param name="ReceivedPackets">the same in packets.</param>
/// <param name="ReceivedDrops">packets of them that were dropped.</param>
/// <param name="SentBytes">bytes that the host's end sent.</param>
/// <param name="SentPackets">the same in packets.</param>
/// <param name="SentDrops">packets of them that were dropped, such as those that the guest did not fetch.</param>
internal sealed record InterfaceCounters(double ReceivedBytes, double ReceivedPackets, double ReceivedDrops, double SentBytes, double SentPackets, double SentDrops)
{
    private const int Fields = 16;

    /// <summary>Reads <c>/proc/net/dev</c>: the counters by interface; lines of another shape are skipped.</summary>
    public static Dictionary<string, InterfaceCounters> Parse(string text)
    {
        var found = new Dictionary<string, InterfaceCounters>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) continue;
            var fields = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(field => double.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1).ToArray();
            if (fields.Length < Fields || fields.Any(field => field < 0)) continue;
            found[line[..colon].Trim()] = new InterfaceCounters(fields[0], fields[1], fields[3], fields[8], fields[9], fields[11]);
        }
        return found;
    }
}
