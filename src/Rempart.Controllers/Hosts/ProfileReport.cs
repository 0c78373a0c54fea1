using Rempart.Api.Infra;
using Rempart.Runtime.Conditions;

namespace Rempart.Controllers.Hosts;

/// <summary>What hosts say of a profile, put together.</summary>
internal static class ProfileReport
{
    /// <summary>The status of a profile.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="hosts">Hosts that it selects or counts for.</param>
    /// <param name="now">The time.</param>
    public static HostProfileStatus Of(HostProfile profile, IReadOnlyList<Host> hosts, DateTimeOffset now)
    {
        var generation = profile.Metadata.Generation;
        var mine = hosts.Where(host => host.Spec is { } spec && spec.Profile == profile.Metadata.Name && spec.ProfileUid == profile.Metadata.Uid).ToList();
        var said = mine.Select(host => (host.Metadata.Name, Condition: host.Status?.Conditions.Find(HostMarks.ProfileApplied)))
            .Where(host => host.Condition is { } condition && condition.ObservedGeneration == generation).ToList();
        var applied = said.Count(host => host.Condition!.Status == "True");
        var failed = said.Where(host => host.Condition!.Status == "False").OrderBy(host => host.Name, StringComparer.Ordinal).ToList();
        var overridden = hosts.Count(host => host.Spec is { } spec && spec.Profile != profile.Metadata.Name);
        var waiting = mine.Count - applied - failed.Count;
        var (word, reason, message) = failed.Count > 0 ? (false, "HostsDiffer", $"{Hosts(failed.Count)} {(failed.Count == 1 ? "differs" : "differ")}: {string.Join(", ", failed.Take(5).Select(host => $"`{host.Name}`"))}{(failed.Count > 5 ? ", …" : "")}")
            : waiting > 0 ? ((bool?)null, "HostsWorking", $"{Hosts(waiting)} {(waiting == 1 ? "has" : "have")} not said yet what became of it")
            : mine.Count == 0 ? (true, "NoHosts", overridden > 0 ? $"it counts for no host: for the {overridden} that it selects another profile, whose name comes before, does" : "it selects no host")
            : (true, "HostsAgree", $"{Hosts(mine.Count)} {(mine.Count == 1 ? "is" : "are")} as it says");
        return (profile.Status ?? new()) with
        {
            ObservedGeneration = generation,
            Hosts = mine.Count,
            Applied = applied,
            Failed = failed.Count,
            Overridden = overridden,
            Message = message,
            Failures = [.. failed.Take(HostProfileStatus.MostFailures).Select(host => new HostProfileFailure { Host = host.Name!, Reason = host.Condition!.Reason, Message = host.Condition.Message })],
            Conditions = (profile.Status?.Conditions).With("Applied", word, reason, message, generation, now),
        };
    }

    private static string Hosts(int count) => count == 1 ? "1 host" : $"{count} hosts";
}
