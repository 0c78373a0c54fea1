using Rempart.Api.Meta;

namespace Rempart.ApiServer.OpenApi;

/// <summary>A resource as its documentation shows it.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Verbs">Verbs that are served: <c>create</c>, <c>delete</c>, <c>deletecollection</c>, <c>get</c>, <c>list</c>, <c>patch</c>, <c>update</c>, <c>watch</c>.</param>
/// <param name="Subresources">Its subresources.</param>
internal sealed record OpenApiResource(KindInfo Kind, IReadOnlyList<string> Verbs, IReadOnlyList<OpenApiSubresource> Subresources)
{
    private static readonly string[] Stored = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    /// <summary>A resource with the verbs that every kind has, and <c>status</c> where the kind has one.</summary>
    /// <param name="kind">The kind.</param>
    public static OpenApiResource Of(KindInfo kind) =>
        new(kind, kind.Virtual ? ["create"] : Stored, kind.HasStatus ? [new OpenApiSubresource("status", ["get", "patch", "update"], kind.ClrType)] : []);
}
