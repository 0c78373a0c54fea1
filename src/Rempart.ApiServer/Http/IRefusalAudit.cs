using Rempart.Api.Meta;

namespace Rempart.ApiServer.Http;

/// <summary>Records requests that were refused, before they are answered.</summary>
internal interface IRefusalAudit
{
    /// <summary>Returns once the record is durable. Nothing cancels it: who asks and hangs up before the answer is recorded like who waits for it.</summary>
    ValueTask RefusedAsync(RequestContext context, ApiStatus status);
}
