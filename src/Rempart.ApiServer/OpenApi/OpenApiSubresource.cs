using Rempart.Api.Meta;

namespace Rempart.ApiServer.OpenApi;

/// <summary>A subresource as its documentation shows it.</summary>
/// <param name="Name">Such as <c>status</c>.</param>
/// <param name="Verbs">Verbs that are served: <c>get</c>, <c>create</c>, <c>update</c>, <c>patch</c>, <c>delete</c>.</param>
/// <param name="Body">Wire type of the request.</param>
/// <param name="Answer">Wire type of the answer.</param>
internal sealed record OpenApiSubresource(string Name, IReadOnlyList<string> Verbs, Type Body, Type Answer)
{
    /// <summary>Kind of the body where it is another than the resource's.</summary>
    public KindInfo? Kind { get; init; }
}
