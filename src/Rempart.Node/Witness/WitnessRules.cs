using System.Security.Cryptography;
using Rempart.Api.Audit;

namespace Rempart.Node.Witness;

/// <summary>
/// What a node believes of the server's audit trail. It sees heads only: a chain rewritten and then prolonged looks like one that
/// grew, and <c>rempart audit verify</c> finds it with what the node kept.
/// </summary>
internal static class WitnessRules
{
    /// <summary>From this age on one checkpoint an hour is kept, and from <see cref="Daily"/> one a day: each vouches for all records before it.</summary>
    private static readonly TimeSpan Hourly = TimeSpan.FromDays(2);

    private static readonly TimeSpan Daily = TimeSpan.FromDays(90);

    /// <param name="last">The last one that was kept, or null.</param>
    /// <param name="next">What the server says now.</param>
    /// <param name="pinned">The key that the node saw first.</param>
    public static WitnessVerdict Judge(AuditCheckpoint? last, AuditCheckpoint next, ECDsa pinned) =>
        !next.IsSignedBy(pinned) ? WitnessVerdict.Unsigned
        : last is null ? WitnessVerdict.Keep
        : next.Chain != last.Chain ? WitnessVerdict.OtherChain
        : next.Count < last.Count ? WitnessVerdict.Rewound
        : next.Count > last.Count ? WitnessVerdict.Keep
        : next.Head == last.Head ? WitnessVerdict.Known
        : WitnessVerdict.Contradicts;

    /// <summary>Those that are worth their room: all of the last two days, then the last of each hour, then the last of each day. By the node's clock, which the server can't set.</summary>
    public static IReadOnlyList<WitnessedCheckpoint> Thin(IReadOnlyList<WitnessedCheckpoint> kept, DateTimeOffset now)
    {
        var thin = new List<WitnessedCheckpoint>();
        for (var i = 0; i < kept.Count; i++)
        {
            var age = now - kept[i].Seen;
            var step = age > Daily ? TimeSpan.FromDays(1) : age > Hourly ? TimeSpan.FromHours(1) : TimeSpan.Zero;
            var isLastOfStep = step == TimeSpan.Zero || i == kept.Count - 1 || kept[i].Seen.UtcTicks / step.Ticks != kept[i + 1].Seen.UtcTicks / step.Ticks;
            if (isLastOfStep) thin.Add(kept[i]);
        }
        return thin;
    }
}
