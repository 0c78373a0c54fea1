using Rempart.Instance.Tests.Instances;

namespace Rempart.Instance.Tests.Crashes;

/// <summary>What is killed.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Find">Its processes now.</param>
/// <param name="Every">Each how manieth step it is tried at: 1 is all.</param>
internal sealed record Victim(string Name, Func<RunningInstance, IEnumerable<int>> Find, int Every)
{
    public static IReadOnlyList<Victim> All { get; } =
    [
        Service("node", every: 3), Service("server", every: 4),
        new("qemu", instance => instance.Hypervisors(), 4), new("conmon", instance => instance.Monitors(), 4),
        Service("ovs-vswitchd", every: 8), Service("ovsdb-switch", every: 8), Service("ovn-controller", every: 8), Service("ovn-northd", every: 8),
        Service("ovsdb-northbound", every: 8), Service("ovsdb-southbound", every: 8),
    ];

    private static Victim Service(string name, int every) => new(name, instance => instance.Service(name) is { } pid ? [pid] : [], every);
}
