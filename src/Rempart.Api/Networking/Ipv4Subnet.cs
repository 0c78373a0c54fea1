using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Rempart.Api.Networking;

/// <summary>An IPv4 subnet in canonical form: the host bits are zero, no number has a leading zero.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Ipv4Subnet
{
    private readonly uint _network;

    private Ipv4Subnet(uint network, int prefix) => (_network, Prefix) = (network, prefix);

    /// <summary>Prefix length: 1 to 32.</summary>
    public int Prefix { get; }

    /// <summary>Number of addresses, the network's own and the broadcast address included.</summary>
    public long Size => 1L << (32 - Prefix);

    /// <summary>The address at an index, 0 being the network's own.</summary>
    /// <param name="index">0 to <see cref="Size"/> - 1.</param>
    public IPAddress this[long index] => index >= 0 && index < Size ? ToAddress(_network + (uint)index) : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>Reads <c>a.b.c.d/len</c>.</summary>
    /// <param name="text">The subnet.</param>
    /// <exception cref="FormatException">Not in that form, or host bits are set.</exception>
    public static Ipv4Subnet Parse(string text) =>
        TryParse(text, out var subnet) ? subnet : throw new FormatException($"subnet `{text}` must be an IPv4 network such as `192.0.2.0/24`, its host bits zero");

    /// <summary>Reads <c>a.b.c.d/len</c>.</summary>
    /// <param name="text">The subnet.</param>
    /// <param name="subnet">What it says.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, out Ipv4Subnet subnet)
    {
        subnet = default;
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash < 0 || !TryParseAddress(text![..slash], out var address)) return false;
        if (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var prefix) || prefix is < 1 or > 32) return false;
        var network = ToNumber(address);
        subnet = new Ipv4Subnet(network, prefix);
        return subnet.ToString() == text && (network & ~subnet.Mask) == 0;
    }

    /// <summary>Reads an IPv4 address in canonical form: four decimal numbers.</summary>
    /// <param name="text">The address.</param>
    /// <param name="address">What it says.</param>
    public static bool TryParseAddress([NotNullWhen(true)] string? text, [NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(text, out address) && address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == text;

    /// <summary>The subnet of a length that holds an address.</summary>
    /// <param name="address">Any address of it.</param>
    /// <param name="prefix">Prefix length: 1 to 32.</param>
    public static Ipv4Subnet Of(IPAddress address, int prefix) => new(ToNumber(address) & (uint)(uint.MaxValue << (32 - prefix)), prefix);

    /// <summary>Whether an address is in the subnet.</summary>
    /// <param name="address">An IPv4 address.</param>
    public bool Contains(IPAddress address) => (ToNumber(address) & Mask) == _network;

    /// <summary>Whether all of another subnet is in this one.</summary>
    /// <param name="other">Another subnet.</param>
    public bool Contains(Ipv4Subnet other) => other.Prefix >= Prefix && (other._network & Mask) == _network;

    /// <summary>Whether some address is in both.</summary>
    /// <param name="other">Another subnet.</param>
    public bool Overlaps(Ipv4Subnet other) => Contains(other) || other.Contains(this);

    /// <summary>What is left of this subnet without another, in order: at most one subnet a bit.</summary>
    /// <param name="other">Another subnet.</param>
    public IEnumerable<Ipv4Subnet> Without(Ipv4Subnet other)
    {
        if (other.Contains(this)) yield break;
        if (!Contains(other))
        {
            yield return this;
            yield break;
        }
        var low = new Ipv4Subnet(_network, Prefix + 1);
        var high = new Ipv4Subnet(_network | (1u << (31 - Prefix)), Prefix + 1);
        foreach (var part in low.Without(other)) yield return part;
        foreach (var part in high.Without(other)) yield return part;
    }

    /// <summary>The index of an address, for <see cref="this[long]"/>.</summary>
    /// <param name="address">An address of the subnet.</param>
    public long IndexOf(IPAddress address) => ToNumber(address) - (long)_network;

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => $"{ToAddress(_network)}/{Prefix.ToString(CultureInfo.InvariantCulture)}";

    private uint Mask => uint.MaxValue << (32 - Prefix);

    private static uint ToNumber(IPAddress address) => BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());

    private static IPAddress ToAddress(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new IPAddress(bytes);
    }
}
