namespace Rempart.Node.Networks;

/// <summary>How packets between hosts are wrapped; Open vSwitch's name in lower case.</summary>
internal enum Encapsulation
{
    /// <summary>RFC 8926, UDP port 6081. OVN's own choice: it carries both logical ports.</summary>
    Geneve,

    /// <summary>RFC 7348, UDP port 4789, for networks that let nothing else pass. OVN then has room for 4096 networks of 4096 ports.</summary>
    Vxlan,
}
