using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Http;

/// <summary>Makes the audit records of requests.</summary>
internal interface IAuditRecords : IRefusalAudit
{
    /// <summary>The records of a request that writes.</summary>
    IWriteAudit Begin(RequestContext context);

    /// <summary>Records a read, if objects of this kind are not read unseen (secrets).</summary>
    ValueTask ReadAsync(RequestContext context, KindInfo kind, CancellationToken cancellationToken);
}
