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
        Service("node", every: 1), Service("server", every: 2),
        new("qemu", instance => instance.Hypervisors(), 2), new("conmon", instance => instance.Monitors(), 2),
        Service("ovs-vswitchd", every: 4), Service("ovsdb-switch", every: 4), Service("ovn-controller", every: 4), Service("ovn-northd", every: 4),
        Service("ovsdb-northbound", every: 4), Service("ovsdb-southbound", every: 4),
    ];

    private static Victim Service(string name, int every) => new(name, instance => instance.Service(name) is { } pid ? [pid] : [], every);
}
