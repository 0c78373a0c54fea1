using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Certificates;
using Rempart.Api.Tickets;
using Rempart.ApiServer.Certificates;

namespace Rempart.ApiServer.Tickets;

/// <summary>
/// Signs stream tickets (checked by <see cref="TicketVerifier"/>). The certificate that goes with each ticket is short-lived and
/// renewed here, because the CA is in the same process. Safe for use by many threads.
/// </summary>
/// <param name="authority">The cluster's CA.</param>
/// <param name="key">The server's ticket key, ECDSA P-256.</param>
/// <param name="time">The clock.</param>
public sealed class TicketSigner(CertificateAuthority authority, ECDsa key, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);
    private readonly Lock gate = new();
    private X509Certificate2? certificate;

    /// <summary>Makes a ticket good for one stream within <see cref="StreamTicket.Lifetime"/>.</summary>
    /// <param name="kind">Kind of the object.</param>
    /// <param name="ns">Project of the object, null for cluster-scoped kinds.</param>
    /// <param name="name">Name of the object.</param>
    /// <param name="uid">UID of the object.</param>
    /// <param name="stream">Type of the stream.</param>
    /// <param name="node">The node that may accept it.</param>
    /// <param name="auditId">Id of the request in the audit trail.</param>
    /// <param name="user">Who asked.</param>
    /// <returns>The ticket's text.</returns>
    public string Sign(string kind, string? ns, string name, string uid, string stream, string node, string auditId, string user)
    {
        var ticket = new StreamTicket
        {
            Kind = kind,
            Namespace = ns,
            Name = name,
            Uid = uid,
            Stream = stream,
            Node = node,
            AuditId = auditId,
            User = user,
            ExpiresAt = (time.GetUtcNow() + StreamTicket.Lifetime).ToUnixTimeMilliseconds(),
            Nonce = RandomNumberGenerator.GetHexString(32, lowercase: true),
        };
        var payload = JsonSerializer.SerializeToUtf8Bytes(ticket, ApiJson.Strict);
        lock (gate)
        {
            return $"{Base64Url.EncodeToString(payload)}.{Base64Url.EncodeToString(key.SignData(payload, HashAlgorithmName.SHA256))}.{Base64Url.EncodeToString(Current().RawData)}";
        }
    }

    /// <inheritdoc/>
    public void Dispose() => certificate?.Dispose();

    private X509Certificate2 Current()
    {
        if (certificate is { } current && time.GetUtcNow() < CertificateRenewal.DueAt(current, 0)) return current;
        certificate?.Dispose();
        return certificate = authority.IssueTicketSigner(new PublicKey(key), Lifetime);
    }
}
