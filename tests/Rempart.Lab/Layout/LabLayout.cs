using System.Globalization;
using System.Net;

namespace Rempart.Lab.Layout;

/// <summary>Names, paths, addresses and ids of a lab on its machine; pure.</summary>
/// <param name="plan">the lab.</param>
/// <param name="folder">its folder, `/var/lib/rempart/ID`.</param>
public sealed class LabLayout(LabPlan plan, string folder)
{
    /// <summary>Port of every API server.</summary>
    public const int ApiPort = 6443;

    /// <summary>In the management plane, the machine that the lab is on has this.</summary>
    public const int OperatorNumber = 254;

    // 10.91 for the first lab; the rest of 10.64.0.0/10 behind it. Projects' networks are cut from 10.128.0.0/9.
    private const int FirstOctet = 64;
    private const int Octets = 64;
    private const int FavoriteOctet = 91;

    // Above the ranges of `./dev up`, which end here, and below 2^31; the first of a lab's ten ranges is for the hosts' services.
    private const uint FirstUid = 1_000_000_000 + (16384 * RangeSize);
    private const uint RangeSize = 65_536;
    private const int RangesOfLab = 10;
    private const int ServiceUids = 16;

    /// <summary>The lab.</summary>
    public LabPlan Plan => plan;

    /// <summary>Its folder, which holds everything that it has on disk.</summary>
    public string Folder => folder;

    public string PlanFile => Path.Combine(folder, "lab.json");

    /// <summary>The network namespace of the planes' bridges.</summary>
    public string PlanesNamespace => $"rempart-{plan.Id}";

    public string PlanesNamespacePath => $"/run/netns/{PlanesNamespace}";

    /// <summary>The machine's own end in the management plane.</summary>
    public string OperatorLink => $"rl-{plan.Id}";

    /// <summary>Parent of the hosts' cgroups, in each hierarchy.</summary>
    public string Cgroup => $"rempart-{plan.Id}";

    public IReadOnlyList<HostLayout> Hosts => [.. Enumerable.Range(1, plan.Hosts).Select(number => new HostLayout(this, number))];

    /// <summary>Three members need three hosts, two would be worse than one.</summary>
    public int EtcdMembers => plan.Hosts >= 3 ? 3 : 1;

    public int ApiServers => Math.Min(plan.Hosts, 2);

    public static Plane[] Planes { get; } = Enum.GetValues<Plane>();

    /// <summary>Address of a host, or of <see cref="OperatorNumber"/>, in a plane.</summary>
    public IPAddress Address(Plane plane, int number) => new([10, Octet(plan.Slot), (byte)plane, (byte)number]);

    /// <summary>The /16 that all planes of the lab are in.</summary>
    public static string Network(int slot) => string.Create(CultureInfo.InvariantCulture, $"10.{Octet(slot)}.0.0/16");

    /// <summary>First user id of a host's machines, a range of 65,536.</summary>
    internal uint MachineUids(int host) => FirstUid + (uint)(((plan.Slot * RangesOfLab) + host) * RangeSize);

    /// <summary>User id of a host's service account.</summary>
    internal uint ServiceUid(int host, int account) => FirstUid + (uint)((plan.Slot * RangesOfLab * RangeSize) + (host * ServiceUids) + account);

    internal static string PlaneName(Plane plane) => plane.ToString().ToLowerInvariant();

    private static byte Octet(int slot) => (byte)(FirstOctet + ((FavoriteOctet - FirstOctet + slot) % Octets));
}
