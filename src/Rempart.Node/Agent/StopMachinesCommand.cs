using System.Globalization;
using Rempart.Linux;
using Rempart.Node.Jail;
using Rempart.Node.Machines;
using Rempart.Node.Workloads;

namespace Rempart.Node.Agent;

/// <summary>`rempart-node machines stop`: powers the host's machines off while the agent is stopped and a server need not answer.</summary>
internal static class StopMachinesCommand
{
    internal const string Usage = "       rempart-node machines stop --data DIR --instance ID --first-uid N [--at-most SECONDS]";

    /// <returns>0, 1 when a machine still runs or an agent is at work, 2 for wrong usage.</returns>
    internal static async Task<int> RunAsync(IReadOnlyList<string> arguments, TimeProvider time, CancellationToken cancellationToken)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i + 1 < arguments.Count; i += 2) given[arguments[i]] = arguments[i + 1];
        if (arguments.Count % 2 != 0 || given.Keys.Except(["--data", "--instance", "--first-uid", "--at-most"], StringComparer.Ordinal).Any()
            || !given.TryGetValue("--data", out var data) || !given.TryGetValue("--instance", out var instance)
            || !uint.TryParse(given.GetValueOrDefault("--first-uid"), CultureInfo.InvariantCulture, out var firstUid)
            || !uint.TryParse(given.GetValueOrDefault("--at-most") ?? "3600", CultureInfo.InvariantCulture, out var atMost))
        {
            await Console.Error.WriteLineAsync("usage: " + Usage.TrimStart());
            return 2;
        }
        data = Path.GetFullPath(data);
        if (!Directory.Exists(data)) return 0;
        using var only = FileLock.TryAcquire(Path.Combine(data, "node.lock"));
        if (only is null)
        {
            await Console.Error.WriteLineAsync($"rempart-node: an agent works in `{data}`; stop it first");
            return 1;
        }
        var workloads = new WorkloadSettings { Instance = instance, DataFolder = data, FirstUid = firstUid };
        var notes = new MachineNotesFolder(new AgentSettings(data, new Uri("https://none.invalid"), "none").NotesFolder);
        using var jails = new JailRoots(workloads, time);
        await using var machines = new MachineDriver(workloads, jails, time);
        var stop = new MachinesStop(machines, uid => MachineDecision.Grace(notes.Read(uid).StopGraceSeconds), Console.WriteLine, time);
        return await stop.RunAsync(TimeSpan.FromSeconds(atMost), cancellationToken) ? 0 : 1;
    }
}
