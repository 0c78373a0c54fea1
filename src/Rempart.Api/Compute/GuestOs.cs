using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>The guest's operating system.</summary>
public sealed record GuestOs
{
    /// <summary><c>linux</c>.</summary>
    [OneOf("linux")]
    public required string Family { get; init; }

    /// <summary>Name such as <c>debian</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Version such as <c>12</c>.</summary>
    public string? Version { get; init; }
}
