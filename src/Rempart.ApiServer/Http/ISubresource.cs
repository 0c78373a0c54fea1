using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Http;

/// <summary>A subresource that is more than a part of the document: <c>binding</c>, <c>start</c>, <c>console</c>, …</summary>
internal interface ISubresource
{
    /// <summary>Kind that it belongs to.</summary>
    KindInfo Kind { get; }

    /// <summary>Last part of the path.</summary>
    string Name { get; }

    /// <summary>How discovery tells of it.</summary>
    SubresourceInfo Info { get; }

    /// <summary>Answers; null when the answer was written already (a stream).</summary>
    /// <param name="context">The request, authenticated and authorized.</param>
    /// <param name="target">The kind.</param>
    /// <param name="ns">Namespace; null for cluster-scoped kinds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<ApiResult?> HandleAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken);
}
