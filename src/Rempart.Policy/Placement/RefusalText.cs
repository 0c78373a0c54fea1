using System.Globalization;
using Rempart.Api.Meta;

namespace Rempart.Policy.Placement;

/// <summary>Reasons in words.</summary>
internal static class RefusalText
{
    private const long Mebi = 1024 * 1024;

    /// <summary>What so many hosts do wrong, without the number.</summary>
    /// <param name="filter">What refuses them.</param>
    /// <param name="subject">What it is about.</param>
    /// <param name="hosts">How many.</param>
    /// <param name="demand">What the machine needs.</param>
    /// <param name="most">What is free on the one that has the most.</param>
    public static string Of(PlacementFilter filter, string? subject, int hosts, MachineDemand demand, HostRoom most)
    {
        var (be, lack, have, hold) = hosts == 1 ? ("is", "lacks", "has", "does not hold") : ("are", "lack", "have", "do not hold");
        return filter switch
        {
            PlacementFilter.Leaving => $"{be} leaving the cluster",
            PlacementFilter.Readiness => $"{be} not ready",
            PlacementFilter.Cordon => $"{be} cordoned",
            PlacementFilter.Taint => $"{have} the taint `{subject}`",
            PlacementFilter.NodeSelector => $"{lack} the label `{subject}`",
            PlacementFilter.Volume => $"{hold} the volume `{subject}`",
            PlacementFilter.Pool => $"{lack} the pool `{subject}`",
            PlacementFilter.Network => $"can't be judged before network `{subject}` is there",
            PlacementFilter.ProviderNetwork => $"{lack} the provider network `{subject}`",
            PlacementFilter.Image => subject is null ? "can't be judged before the template's settings are known" : $"{lack} the image `{subject}`",
            PlacementFilter.Rule => $"would break the rule `{subject}`",
            PlacementFilter.Memory => $"{lack} memory (need {Bytes(demand.Memory, up: true)}, {Bytes(most.FreeMemory, up: false)} free)",
            PlacementFilter.Processors => $"{lack} processors (need {Cpus(demand.Cpu)}, {Cpus(most.FreeCpu)} free)",
            _ => throw new System.Diagnostics.UnreachableException($"no words for {filter}"),
        };
    }

    private static string Bytes(long bytes, bool up) => Quantity.FromBytes(Math.Max(up ? (bytes + Mebi - 1) / Mebi : bytes / Mebi, 0) * Mebi).ToString();

    private static string Cpus(long thousandths) => (Math.Max(thousandths, 0) / 1000m).ToString("0.###", CultureInfo.InvariantCulture);
}
