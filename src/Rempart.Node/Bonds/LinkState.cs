namespace Rempart.Node.Bonds;

/// <summary>A network device as the kernel has it.</summary>
/// <param name="Name">its name.</param>
internal sealed record LinkState(string Name)
{
    /// <summary>What it is part of.</summary>
    public string? Master { get; init; }

    /// <summary>What made it, such as <c>bond</c>, <c>vlan</c>, <c>veth</c>; null for hardware.</summary>
    public string? Kind { get; init; }

    /// <summary>Mode of a bond.</summary>
    public string? Mode { get; init; }

    /// <summary>A text that the kernel keeps with it: says whose it is.</summary>
    public string? Alias { get; init; }

    /// <summary>The device that it lies upon, such as a VLAN's.</summary>
    public string? Below { get; init; }

    /// <summary>Whether it is switched on.</summary>
    public bool IsUp { get; init; }

    /// <summary>Largest packet.</summary>
    public int Mtu { get; init; }

    /// <summary>Addresses that are not of the link alone.</summary>
    public IReadOnlyList<LinkAddress> Addresses { get; init; } = [];
}
