using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Rempart.Api.Certificates;

namespace Rempart.Api.Tickets;

/// <summary>
/// Checks stream tickets on a node. A ticket is three base64url parts joined by dots: the ticket as JSON, its ECDSA signature, and
/// the signer's certificate, which the cluster's CA made for tickets alone. So a server's key can change without telling the nodes.
/// Safe for use by many threads.
/// </summary>
public sealed class TicketVerifier
{
    private const int MaxLength = 8 * 1024;

    // The clocks of two hosts may differ by as much as a ticket lives; more is refused as a ticket made to last.
    private static readonly TimeSpan LongestAhead = StreamTicket.Lifetime * 2;

    private readonly string node;
    private readonly X509Certificate2Collection authorities;
    private readonly TimeProvider time;
    private readonly int capacity;
    private readonly Lock gate = new();
    private readonly Dictionary<string, long> used = [];

    /// <summary>Checks tickets for one node.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="authorities">The cluster's CA certificates.</param>
    /// <param name="time">The clock.</param>
    /// <param name="capacity">Most tickets remembered at a time; when all of them could still be replayed, new ones are refused.</param>
    public TicketVerifier(string node, X509Certificate2Collection authorities, TimeProvider time, int capacity = 10_000) =>
        (this.node, this.authorities, this.time, this.capacity) = (node, authorities, time, capacity);

    /// <summary>Takes a ticket for the stream that is asked for; the same ticket never again.</summary>
    /// <param name="text">The ticket as received.</param>
    /// <param name="kind">Kind of the object of the stream.</param>
    /// <param name="uid">UID of the object, as the agent knows it.</param>
    /// <param name="stream">Type of the stream.</param>
    /// <param name="auditId">Id of the request that the stream is asked for: a ticket of somebody else's request does not open it.</param>
    /// <returns>What the ticket says.</returns>
    /// <exception cref="TicketRefusedException">The ticket is forged, foreign, expired or used.</exception>
    public StreamTicket Accept(string text, string kind, string uid, string stream, string auditId)
    {
        var ticket = Read(text);
        if (ticket.Node != node) throw new TicketRefusedException($"the ticket is for node `{ticket.Node}`, this is `{node}`");
        if (ticket.Kind != kind || ticket.Uid != uid) throw new TicketRefusedException($"the ticket is for {ticket.Kind} `{ticket.Uid}`, not for {kind} `{uid}`");
        if (ticket.Stream != stream) throw new TicketRefusedException($"the ticket is for stream `{ticket.Stream}`, not for `{stream}`");
        if (ticket.AuditId != auditId) throw new TicketRefusedException($"the ticket is for request `{ticket.AuditId}` of `{ticket.User}`, not for request `{auditId}`");
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        if (ticket.ExpiresAt < now) throw new TicketRefusedException("the ticket has expired; ask for the stream again");
        if (ticket.ExpiresAt - now > LongestAhead.TotalMilliseconds) throw new TicketRefusedException("the ticket would be good for too long; check the clocks of server and node");
        Use(ticket, now);
        return ticket;
    }

    private void Use(StreamTicket ticket, long now)
    {
        lock (gate)
        {
            if (used.Count >= capacity)
            {
                foreach (var old in used.Where(entry => entry.Value < now).Select(entry => entry.Key).ToArray()) used.Remove(old);
                if (used.Count >= capacity) throw new TicketRefusedException("too many streams were opened in the last seconds; try again");
            }

            if (!used.TryAdd(ticket.Nonce, ticket.ExpiresAt)) throw new TicketRefusedException("the ticket was used already");
        }
    }

    private StreamTicket Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength || text.Split('.') is not [var payloadText, var signatureText, var certificateText]) throw new TicketRefusedException("this is no ticket");
        try
        {
            var payload = Base64Url.DecodeFromChars(payloadText);
            using var signer = X509CertificateLoader.LoadCertificate(Base64Url.DecodeFromChars(certificateText));
            if (CertificateTrust.Refusal(signer, authorities, CertificateUsage.Tickets, time.GetUtcNow()) is { } refusal) throw new TicketRefusedException($"the ticket's signer is not trusted: {refusal}");
            using var key = signer.GetECDsaPublicKey() ?? throw new TicketRefusedException("the ticket's signer has no ECDSA key");
            if (!key.VerifyData(payload, Base64Url.DecodeFromChars(signatureText), HashAlgorithmName.SHA256)) throw new TicketRefusedException("the ticket's signature is wrong");
            return JsonSerializer.Deserialize<StreamTicket>(payload, ApiJson.Strict) ?? throw new TicketRefusedException("this is no ticket");
        }
        catch (Exception e) when (e is FormatException or CryptographicException or JsonException)
        {
            throw new TicketRefusedException("this is no ticket");
        }
    }
}
