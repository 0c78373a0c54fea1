namespace Rempart.Api.Meta;

/// <summary>A field besides <c>metadata.name</c> and <c>metadata.namespace</c> that field selectors may name.</summary>
/// <param name="jsonPath">Path without a leading dot such as <c>status.nodeName</c>.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class SelectableFieldAttribute(string jsonPath) : Attribute
{
    /// <summary>Path without a leading dot.</summary>
    public string JsonPath { get; } = jsonPath;
}
