namespace Rempart.Api.Meta;

/// <summary>
/// How a strategic merge patch treats a list: merged instead of replaced. The same words are published in OpenAPI as
/// <c>x-kubernetes-patch-strategy</c> and <c>x-kubernetes-patch-merge-key</c>, so that clients merge as the server does.
/// </summary>
/// <param name="mergeKey">Field that tells the items apart; null for lists of plain values, which are merged as sets.</param>
[AttributeUsage(AttributeTargets.Property, Inherited = false)]
public sealed class ListPatchAttribute(string? mergeKey = null) : Attribute
{
    /// <summary>Field that tells the items apart, such as <c>type</c> for conditions.</summary>
    public string? MergeKey { get; } = mergeKey;

    /// <summary>True when fields of an item that a patch does not retain are removed (<c>$retainKeys</c>).</summary>
    public bool RetainKeys { get; set; }
}
