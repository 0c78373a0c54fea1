using System.Security.Cryptography;
using Rempart.ApiServer.Certificates;
using Rempart.ApiServer.ServiceAccounts;

namespace Rempart.ApiServer.Authentication;

/// <summary>The keys that a server holds for its cluster.</summary>
/// <param name="Authority">The cluster's CA.</param>
/// <param name="Approval">Signs approvals, ECDSA P-256.</param>
/// <param name="Ticket">Signs stream tickets, ECDSA P-256.</param>
/// <param name="Tokens">Sign tokens of service accounts.</param>
public sealed record ClusterKeys(CertificateAuthority Authority, ECDsa Approval, ECDsa Ticket, ServiceAccountKeys Tokens);
