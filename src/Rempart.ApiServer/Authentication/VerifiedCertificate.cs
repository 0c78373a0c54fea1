using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Authentication;

/// <summary>What was found out of a connection's certificate.</summary>
/// <param name="Caller">Whose it is.</param>
/// <param name="Expires">When it ends.</param>
/// <param name="IssuedAt">When it was made.</param>
internal sealed record VerifiedCertificate(Caller Caller, DateTimeOffset Expires, DateTimeOffset IssuedAt);
