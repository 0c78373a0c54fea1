namespace Rempart.Api.Core;

/// <summary>What the namespace's own deletion waits for.</summary>
public sealed record NamespaceSpec
{
    /// <summary>Names such as <c>kubernetes</c>; the namespace goes when the list is empty.</summary>
    public IReadOnlyList<string>? Finalizers { get; init; }
}
