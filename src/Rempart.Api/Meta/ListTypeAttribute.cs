namespace Rempart.Api.Meta;

/// <summary>
/// How server-side apply tells the items of a list apart where a strategic merge patch replaces the list; where it merges,
/// <see cref="ListPatchAttribute"/> says both. Published in OpenAPI as <c>x-kubernetes-list-type</c> and
/// <c>x-kubernetes-list-map-keys</c>. A list with neither attribute is atomic: one value with one owner.
/// </summary>
/// <param name="mapKeys">Fields that together tell items apart (<c>map</c>); none for a list of plain values without repetition (<c>set</c>).</param>
[AttributeUsage(AttributeTargets.Property, Inherited = false)]
public sealed class ListTypeAttribute(params string[] mapKeys) : Attribute
{
    /// <summary>Fields that tell the items apart; empty for a set.</summary>
    public IReadOnlyList<string> MapKeys { get; } = mapKeys;
}
