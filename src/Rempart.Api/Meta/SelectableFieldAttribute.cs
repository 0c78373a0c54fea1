namespace Rempart.Api.Meta;

/// <summary>A field besides <c>metadata.name</c> and <c>metadata.namespace</c> that field selectors may name.</summary>
/// <param name="jsonPath">Path without a leading dot such as <c>status.nodeName</c>.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class SelectableFieldAttribute(string jsonPath) : Attribute
{
    /// <summary>Path without a leading dot.</summary>
    public string JsonPath { get; } = jsonPath;

    /// <summary>Where the value is, when that is another path: Kubernetes' selector <c>source</c> means <c>source.component</c>.</summary>
    public string? ReadFrom { get; set; }

    /// <summary>What an object without the field is taken to hold: <c>false</c> where Kubernetes compares a truth value that it leaves out.</summary>
    public string Missing { get; set; } = "";
}
