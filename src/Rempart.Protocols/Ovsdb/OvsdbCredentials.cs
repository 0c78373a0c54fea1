using System.Security.Cryptography.X509Certificates;

namespace Rempart.Protocols.Ovsdb;

/// <summary>Who a client is and whom it trusts, for `ssl:` endpoints.</summary>
/// <param name="Certificate">the client's certificate with its key.</param>
/// <param name="Authorities">the only authorities whose servers are trusted.</param>
public sealed record OvsdbCredentials(X509Certificate2 Certificate, X509Certificate2Collection Authorities);
