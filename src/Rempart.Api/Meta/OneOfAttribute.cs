namespace Rempart.Api.Meta;

/// <summary>The only values that a field of text may have. Published in OpenAPI as <c>enum</c>, so that <c>explain</c> and editors tell them; admission holds to them.</summary>
/// <param name="values">All values, the usual one first.</param>
[AttributeUsage(AttributeTargets.Property, Inherited = false)]
public sealed class OneOfAttribute(params string[] values) : Attribute
{
    /// <summary>All values.</summary>
    public IReadOnlyList<string> Values { get; } = values;
}
