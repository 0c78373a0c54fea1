using Rempart.Protocols.Dns;

namespace Rempart.Node.Names;

/// <summary>Whoever knows the names of the rest of the world.</summary>
internal interface INameUpstream
{
    /// <param name="project">whose guest asks: no project takes all the places.</param>
    /// <param name="query">what a guest asked; nothing of it but the question is passed on.</param>
    /// <param name="datagram">over UDP, as the guest asked.</param>
    /// <param name="cancellation">gives up.</param>
    /// <returns>the answer with the guest's number; null when there is none, or too much is being asked already.</returns>
    Task<byte[]?> AskAsync(string project, DnsQuery query, bool datagram, CancellationToken cancellation);
}
