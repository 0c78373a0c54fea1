using System.Text.Json;

namespace Rempart.Api.Meta;

/// <summary>The fields that one manager has set.</summary>
public sealed record ManagedFieldsEntry
{
    /// <summary>Name of the workflow that manages these fields.</summary>
    public string? Manager { get; init; }

    /// <summary><c>Apply</c> or <c>Update</c>.</summary>
    public string? Operation { get; init; }

    /// <summary>API version that the field set refers to.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>When the entry last changed.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Format of the field set: <c>FieldsV1</c>.</summary>
    public string? FieldsType { get; init; }

    /// <summary>The field set, a trie of <c>f:name</c>, <c>k:{…}</c> and <c>v:…</c> keys.</summary>
    public JsonElement? FieldsV1 { get; init; }

    /// <summary>Subresource through which the fields were set.</summary>
    public string? Subresource { get; init; }
}
