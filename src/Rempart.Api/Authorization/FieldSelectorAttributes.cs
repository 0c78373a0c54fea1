using Rempart.Api.Meta;

namespace Rempart.Api.Authorization;

/// <summary>The field selector of a request: as text, or as requirements.</summary>
public sealed record FieldSelectorAttributes
{
    /// <summary>The query parameter as it would be sent.</summary>
    public string? RawSelector { get; init; }

    /// <summary>Requirements, all of which hold.</summary>
    public IReadOnlyList<FieldSelectorRequirement>? Requirements { get; init; }
}
