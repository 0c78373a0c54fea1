namespace Rempart.Api.Core;

/// <summary>Who reported an event.</summary>
public sealed record EventSource
{
    /// <summary>Component's name.</summary>
    public string? Component { get; init; }

    /// <summary>Node's name.</summary>
    public string? Host { get; init; }
}
