using Rempart.Protocols.Dns;

namespace Rempart.Node.Names;

/// <summary>What becomes of a message from a guest: an answer, a question to pass on, or (neither) silence.</summary>
/// <param name="Answer">to be sent back.</param>
/// <param name="Forward">to be asked elsewhere.</param>
internal sealed record NameDecision(byte[]? Answer, DnsQuery? Forward)
{
    internal static readonly NameDecision Silence = new(null, null);
}
