namespace Rempart.Policy.Placement;

/// <summary>One reason for which hosts are refused. The search and its explanation look at the same steps.</summary>
/// <param name="Filter">What refuses.</param>
/// <param name="Subject">The label, volume, network, image or rule that it is about.</param>
/// <param name="Hosts">Some hosts.</param>
/// <param name="Keeps">True when all but those are refused, false when those are.</param>
internal readonly record struct FilterStep(PlacementFilter Filter, string? Subject, HostSet Hosts, bool Keeps)
{
    public bool Refuses(int host) => Hosts.Contains(host) != Keeps;

    public void Apply(Span<ulong> open)
    {
        if (Keeps) Hosts.Keep(open);
        else Hosts.Drop(open);
    }
}
