namespace Rempart.Api.Meta;

/// <summary>
/// A column of the server-side table of a kind, after name and before age, in the shape of a
/// CustomResourceDefinition's <c>additionalPrinterColumns</c>.
/// </summary>
/// <param name="name">Header.</param>
/// <param name="jsonPath">Path from the object's root such as <c>.status.phase</c>; lists are joined by commas.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class PrinterColumnAttribute(string name, string jsonPath) : Attribute
{
    /// <summary>Header.</summary>
    public string Name { get; } = name;

    /// <summary>Path from the object's root.</summary>
    public string JsonPath { get; } = jsonPath;

    /// <summary>OpenAPI type: <c>string</c>, <c>integer</c>, <c>boolean</c>, <c>date</c>.</summary>
    public string Type { get; set; } = "string";

    /// <summary>0 is always shown, 1 only with <c>-o wide</c>.</summary>
    public int Priority { get; set; }

    /// <summary>Help text of the column.</summary>
    public string Description { get; set; } = "";
}
