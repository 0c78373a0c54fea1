using Rempart.Linux;
using Rempart.Node.Agent;
using Rempart.Node.Networks;

namespace Rempart.Node.Metrics;

/// <summary>The traffic of machines' ports, read from their taps in the instance's network namespace when somebody asks.</summary>
/// <param name="namespacePath">The namespace; without it nobody has ports.</param>
/// <param name="notes">Which ports a machine has.</param>
/// <param name="time">Clock of how long what was read holds: one answer reads it once.</param>
internal sealed class MachineTraffic(string namespacePath, MachineNotesFolder notes, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private Dictionary<string, InterfaceCounters> _counters = [];
    private DateTimeOffset _read;

    /// <summary>The machine's interfaces in its own order, with their counters; those that are not plugged are left out.</summary>
    public IEnumerable<(string Interface, InterfaceCounters Counters)> Of(string uid)
    {
        var counters = Counters();
        foreach (var (i, port) in notes.Read(uid).Ports.Index())
        {
            if (counters.TryGetValue(SwitchPorts.TapName(port), out var found)) yield return ($"nic{i}", found);
        }
    }

    private Dictionary<string, InterfaceCounters> Counters()
    {
        lock (_gate)
        {
            if (time.GetUtcNow() - _read < Fresh) return _counters;
            _read = time.GetUtcNow();
            try
            {
                using var handle = NetworkNamespace.Open(namespacePath);
                // The thread that entered the namespace reads: `/proc/net` would be the first thread's.
                return _counters = NetworkNamespace.Run(handle, () => InterfaceCounters.Parse(File.ReadAllText("/proc/thread-self/net/dev")));
            }
            catch (Exception missing) when (missing is LinuxException or IOException)
            {
                return _counters = [];
            }
        }
    }
}
