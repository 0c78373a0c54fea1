namespace Rempart.ApiServer.Apply;

/// <summary>The way to a field.</summary>
/// <param name="Elements">Its steps.</param>
internal sealed record FieldPath(IReadOnlyList<PathElement> Elements)
{
    /// <summary>The document itself.</summary>
    public static FieldPath Root { get; } = new([]);

    public FieldPath Then(PathElement element) => new([.. Elements, element]);

    /// <summary>The path as conflicts show it: <c>.spec.ports[port=80].name</c>.</summary>
    public override string ToString() => string.Concat(Elements.Select(e => e.ToString()));
}
