using System.Security.Cryptography.X509Certificates;

namespace Rempart.Controllers.Networking;

/// <summary>Who an API server is at OVN's databases, and whom it takes for them.</summary>
/// <param name="Certificate">asked for with each connection, because it is renewed.</param>
/// <param name="Trust">the only authorities of the databases' servers.</param>
public sealed record NetworkIdentity(Func<X509Certificate2> Certificate, X509Certificate2Collection Trust);
