using Rempart.ApiServer.Admission;
using Rempart.ApiServer.Approvals;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Certificates;
using Rempart.ApiServer.Objects;

namespace Rempart.ApiServer.Authorization;

/// <summary>The steps of admission that keep duties apart, in their order.</summary>
internal static class SecurityAdmission
{
    /// <summary>Makes them.</summary>
    /// <param name="keys">The cluster's keys.</param>
    /// <param name="authorizer">Asked for the verb <c>approve</c>.</param>
    /// <param name="rules">Roles, bindings and the node graph.</param>
    /// <param name="reader">Reads objects.</param>
    /// <param name="writer">Writes as the server; asked for when first needed, because the writer needs these plugins.</param>
    /// <param name="time">The clock.</param>
    public static IReadOnlyList<IAdmissionPlugin> Create(ClusterKeys keys, IAuthorizer authorizer, RequestAuthorizer rules, IObjectReader reader, Func<IObjectWriter> writer, TimeProvider time) =>
    [
        new NodeWriteAdmission(rules, writer, time),
        new RoleAdmission(rules),
        new CertificateRequestAdmission(keys.Authority, new BootstrapTokens(reader, writer, time), authorizer),
        new ApprovalAdmission(authorizer, keys.Approval),
    ];
}
