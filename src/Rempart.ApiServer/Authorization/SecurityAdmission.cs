using Microsoft.Extensions.Logging;
using Rempart.ApiServer.Admission;
using Rempart.ApiServer.Approvals;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Certificates;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Objects;
using Rempart.ApiServer.Placement;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Authorization;

/// <summary>The steps of admission that keep duties apart, in their order.</summary>
internal static class SecurityAdmission
{
    /// <summary>Makes them.</summary>
    /// <param name="options">The cluster's keys, the clock and the logs.</param>
    /// <param name="authorizer">Asked for the verb <c>approve</c>.</param>
    /// <param name="cache">The objects.</param>
    /// <param name="claims">What hosts are taken by.</param>
    /// <param name="writer">Writes as the server; asked for when first needed, because the writer needs these plugins.</param>
    public static IReadOnlyList<IAdmissionPlugin> Create(ApiServerOptions options, IAuthorizer authorizer, ObjectCache cache, HostClaims claims, Func<IObjectWriter> writer)
    {
        var (keys, time) = (options.Keys, options.Time);
        var rules = authorizer as RequestAuthorizer ?? new RequestAuthorizer(cache, options.Logs.CreateLogger<RequestAuthorizer>(), options.Time);
        return
        [
            new NodeWriteAdmission(rules, cache, claims, writer, time),
            new ServerObjectsAdmission(),
            new RoleAdmission(rules),
            new OwnerReferenceAdmission(authorizer),
            new CertificateRequestAdmission(keys.Authority, new BootstrapTokens(cache, writer, time), authorizer, options.NetworkMembers),
            new AuthorshipAdmission(),
            new ApprovalAdmission(authorizer, keys.Approval),
            new MachineTemplateAdmission(keys.Approval),
        ];
    }
}
