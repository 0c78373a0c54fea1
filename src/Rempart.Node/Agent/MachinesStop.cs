using Rempart.Node.Machines;
using Rempart.Node.Workloads;

namespace Rempart.Node.Agent;

/// <summary>
/// What a host does with its machines before it goes down: each guest is asked to power off, and one that has not within its grace
/// period is cut off. They end as stopped, not as failed, so the agent starts them again whatever their restart policy is.
/// </summary>
/// <param name="machines">the host's machines; no agent may work on them meanwhile.</param>
/// <param name="graceOf">the grace period of a uid.</param>
/// <param name="say">takes lines for people; those that begin with `::progress ` say how far it is.</param>
/// <param name="time">the clock.</param>
internal sealed class MachinesStop(IWorkloadDriver<MachineLaunch> machines, Func<string, TimeSpan> graceOf, Action<string> say, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the driver may take to cut a machine off once its time is over.</summary>
    private static readonly TimeSpan Spare = TimeSpan.FromSeconds(30);

    /// <param name="atMost">shortens the grace periods; zero cuts at once.</param>
    /// <param name="cancellationToken">gives up; machines that were asked go on powering off.</param>
    /// <returns>True when none runs any more.</returns>
    public async Task<bool> RunAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        var running = new Dictionary<string, TimeSpan>(StringComparer.Ordinal);
        foreach (var uid in await machines.ListAsync(cancellationToken))
        {
            var grace = graceOf(uid);
            if ((await machines.InspectAsync(uid, cancellationToken)).IsRunning) running[uid] = grace < atMost ? grace : atMost;
        }
        var total = running.Count;
        var last = time.GetUtcNow() + (total == 0 ? TimeSpan.Zero : running.Values.Max());
        while (running.Count > 0 && time.GetUtcNow() < last + Spare)
        {
            foreach (var (uid, grace) in running.ToList())
            {
                // At each look: a guest that was still booting did not see the first press of its power button.
                var state = grace == TimeSpan.Zero ? await machines.KillAsync(uid, cancellationToken) : await machines.StopAsync(uid, grace, cancellationToken);
                if (state.IsRunning) continue;
                running.Remove(uid);
                say($"{uid}: {(state.Exit?.Reason == ExitReason.Stopped ? "powered off" : $"cut off ({state.Exit?.Message})")}");
            }
            if (running.Count == 0) break;
            var left = last - time.GetUtcNow();
            say($"::progress {running.Count} of {total} machines power off; cut off in {Math.Max(0, Math.Ceiling(left.TotalSeconds)):0} s");
            await Task.Delay(Look, time, cancellationToken);
        }
        foreach (var uid in running.Keys) say($"{uid}: still runs");
        return running.Count == 0;
    }
}
