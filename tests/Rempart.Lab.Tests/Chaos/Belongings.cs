using System.Security.Cryptography;
using System.Text;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>Which of a host's remains belong to a machine that may be there; pure.</summary>
internal static class Belongings
{
    // What machines share: the links by which the guests of a project ask for names, images. And what does not say whose it is.
    private static readonly string[] _shared = ["tap np", "tap nm", "switch port np", "listens "];

    /// <summary>What is there, was not before, and belongs to none of these machines.</summary>
    /// <param name="before">on this host, when there were no machines.</param>
    /// <param name="now">on this host.</param>
    /// <param name="here">machines that are bound to it, or move from or to it.</param>
    /// <param name="all">machines of the cluster: OVN's ports of theirs are everywhere.</param>
    public static IReadOnlyList<string> Foreign(IEnumerable<string> before, IEnumerable<string> now, IReadOnlyList<WatchedMachine> here, IReadOnlyList<WatchedMachine> all) =>
    [
        .. now.Except(before, StringComparer.Ordinal).Where(line =>
            !(line.StartsWith("logical port ", StringComparison.Ordinal) ? all : here).Any(machine => Marks(machine).Any(mark => line.Contains(mark, StringComparison.Ordinal)))
            && !(here.Count > 0 && IsShared(line))),
    ];

    private static bool IsShared(string line) =>
        _shared.Any(start => line.StartsWith(start, StringComparison.Ordinal)) || (line.StartsWith("open file ", StringComparison.Ordinal) && line.Contains("/pool/images/", StringComparison.Ordinal));

    private static string[] Marks(WatchedMachine machine) => [machine.Uid, machine.RootVolume, machine.Interface, TapName(machine.Interface)];

    // As the agent names it: a link's name has 15 characters at most.
    private static string TapName(string uid) => "t" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(uid)))[..14];
}
