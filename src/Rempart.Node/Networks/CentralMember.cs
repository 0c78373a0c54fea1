using System.Net;

namespace Rempart.Node.Networks;

/// <summary>A host that holds a member of OVN's databases.</summary>
/// <param name="Node">name of its Node.</param>
/// <param name="Address">its address on the management plane.</param>
internal sealed record CentralMember(string Node, IPAddress Address)
{
    /// <summary>Whether a cluster may have so many members. An even number bears the loss of no more than one less does, and a raft of more than five only gets slower.</summary>
    internal static bool MayBe(int count) => count is 1 or 3 or 5;

    /// <exception cref="FormatException">the text is not `NODE=ADDRESS`.</exception>
    internal static CentralMember Parse(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0 && IPAddress.TryParse(text[(at + 1)..], out var address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork
            ? new CentralMember(text[..at], address)
            : throw new FormatException($"option `--central`: `{text}` is not `NODE=IPV4-ADDRESS`");
    }

    public override string ToString() => $"{Node}={Address}";
}
