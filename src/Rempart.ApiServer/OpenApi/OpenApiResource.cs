using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.OpenApi;

/// <summary>A resource as its documentation shows it.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Verbs">Verbs that are served: <c>create</c>, <c>delete</c>, <c>deletecollection</c>, <c>get</c>, <c>list</c>, <c>patch</c>, <c>update</c>, <c>watch</c>.</param>
/// <param name="Subresources">Its subresources.</param>
internal sealed record OpenApiResource(KindInfo Kind, IReadOnlyList<string> Verbs, IReadOnlyList<OpenApiSubresource> Subresources)
{
    private static readonly string[] Stored = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    /// <summary>A resource with the verbs that every kind has, <c>status</c> where the kind has one, and further subresources.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="parts">Subresources that are parts of the document, such as <c>approval</c>.</param>
    /// <param name="further">Other subresources; streams, which have no document, are left out.</param>
    public static OpenApiResource Of(KindInfo kind, IEnumerable<SubresourceInfo> parts, IEnumerable<SubresourceInfo> further)
    {
        if (kind.Virtual) return new(kind, ["create"], []);
        var found = parts.Select(part => new OpenApiSubresource(part.Name, part.Verbs, kind.ClrType, kind.ClrType))
            .Concat(further.Where(other => other.Body is not null).Select(other => new OpenApiSubresource(other.Name, other.Verbs, other.Body!, other.Answer ?? kind.ClrType) { Kind = other.Foreign }));
        if (kind.HasStatus) found = found.Append(new OpenApiSubresource("status", ["get", "patch", "update"], kind.ClrType, kind.ClrType));
        return new(kind, Stored, [.. found]);
    }
}
