using Rempart.Api.Meta;

namespace Rempart.ApiServer.Http;

/// <summary>Records requests that were refused, before they are answered.</summary>
internal interface IRefusalAudit
{
    /// <summary>Returns once the record is durable.</summary>
    ValueTask RefusedAsync(RequestContext context, ApiStatus status, CancellationToken cancellationToken);
}
