using System.Diagnostics;
using Rempart.Api.Tracing;
using Rempart.Node.Tracing;
using Rempart.Node.Workloads;
using Rempart.Protocols.Conmon;

namespace Rempart.Node.Machines;

/// <summary>The last span of a machine's start: from letting the guest go to its first byte on the serial line, as conmon has noted it.</summary>
internal static class FirstByte
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Follows it beside the caller, if the start is traced.</summary>
    /// <param name="folder">The machine's.</param>
    /// <param name="from">When the guest was let go.</param>
    /// <param name="time">The clock.</param>
    public static void Follow(WorkloadFolder folder, DateTimeOffset from, TimeProvider time)
    {
        if (NodeTracing.Source.HasListeners() && Spans.Current is { } current) _ = FollowAsync(folder, current.Context, from, time);
    }

    // It decides nothing; a machine that says nothing leaves a span that says so.
    private static async Task FollowAsync(WorkloadFolder folder, ActivityContext parent, DateTimeOffset from, TimeProvider time)
    {
        using var span = NodeTracing.Source.StartActivity("first serial byte", ActivityKind.Client, parent, tags: null, links: null, from);
        if (span is null) return;
        for (var waited = TimeSpan.Zero; waited < Limit; waited += Look)
        {
            if (ConmonLog.FirstAt(folder.ConsoleLog) is { } at)
            {
                span.SetEndTime(at.UtcDateTime);
                return;
            }
            await Task.Delay(Look, time, CancellationToken.None);
        }
        span.SetStatus(ActivityStatusCode.Error, "silent");
    }
}
