using Rempart.Api.Meta;

namespace Rempart.ApiServer.Registry;

/// <summary>A subresource as discovery tells of it.</summary>
/// <param name="Name">Last part of the path.</param>
/// <param name="Kind">Kind of its body.</param>
/// <param name="Verbs">Verbs that it serves.</param>
internal sealed record SubresourceInfo(string Name, string Kind, IReadOnlyList<string> Verbs)
{
    /// <summary>Wire type of what is sent; null when that is no document.</summary>
    public Type? Body { get; init; }

    /// <summary>Wire type of the answer; the resource's own when null.</summary>
    public Type? Answer { get; init; }

    /// <summary>API group and version of the body's kind when they differ from the resource's.</summary>
    public KindInfo? Foreign { get; init; }
}
