using Rempart.Lab.Layout;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>
/// Steps by chance, in the words of scenarios; pure: a seed gives the same ones again, and fewer steps are the first of more. One host at a time is in
/// trouble that lasts, as much as a cluster of three promises to bear; processes die everywhere. Now and then all is mended and must come to rest.
/// </summary>
internal static class ChaosPlan
{
    /// <summary>Everything is well, and what belongs to nobody goes.</summary>
    internal const string Settle = "settle";

    private const int BetweenRests = 15;
    private static readonly string[] Services = ["node", "server", "etcd", "ovn-controller", "ovn-northd", "ovsdb-northbound", "ovsdb-southbound", "ovs-vswitchd"];

    /// <param name="seed">of the run.</param>
    /// <param name="count">how many.</param>
    /// <param name="hosts">names; the first two have API servers.</param>
    /// <param name="machines">names of running machines.</param>
    public static IReadOnlyList<string> Steps(int seed, int count, IReadOnlyList<string> hosts, IReadOnlyList<string> machines)
    {
        var random = new Random(seed);
        var steps = new List<string>(count);
        (string Host, string Mend)? trouble = null;
        var rested = 0;
        while (steps.Count < count)
        {
            string Any(IReadOnlyList<string> names) => names[random.Next(names.Count)];
            if (steps.Count - rested == BetweenRests - 1)
            {
                rested = steps.Count + 1;
                steps.Add(trouble is { } lasting ? $"{lasting.Mend} {lasting.Host}" : Settle);
                if (trouble is not null && steps.Count < count) steps.Add(Settle);
                trouble = null;
                continue;
            }
            var well = hosts.Where(host => host != trouble?.Host).ToList();
            switch (random.Next(14))
            {
                case < 4:
                    steps.Add($"try move {Any(machines)} to {Any(hosts)}");
                    break;
                case < 6:
                    steps.Add("note");
                    break;
                case < 8:
                    steps.Add($"wait {random.Next(1, 6)}");
                    break;
                case < 10:
                    var (host, service) = (Any(well), Any(Services));
                    if (service != "server" || host != hosts[^1]) steps.Add($"try kill {host} {service}");
                    break;
                case 10 when trouble is null:
                    steps.Add($"reboot {Any(well)}");
                    break;
                case 11 when trouble is null:
                    trouble = (Any(well), "thaw");
                    steps.Add($"freeze {trouble.Value.Host}");
                    break;
                case 12 when trouble is null:
                    trouble = (Any(well), "heal");
                    steps.Add($"cut {trouble.Value.Host} {Enum.GetValues<Plane>()[random.Next(Enum.GetValues<Plane>().Length)]}".ToLowerInvariant());
                    break;
                case > 9 when trouble is { } now:
                    steps.Add($"{now.Mend} {now.Host}");
                    trouble = null;
                    break;
            }
        }
        return steps;
    }
}
