using Rempart.Api.Meta;

namespace Rempart.ApiServer.Http;

/// <summary>A kind that is asked by creating it and never stored.</summary>
internal interface IVirtualKind
{
    /// <summary>The kind.</summary>
    KindInfo Kind { get; }

    /// <summary>Answers.</summary>
    Task<ApiResult> AskAsync(RequestContext context, CancellationToken cancellationToken);
}
