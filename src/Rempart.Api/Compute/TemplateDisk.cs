namespace Rempart.Api.Compute;

/// <summary>The root disk of machines made from a template.</summary>
public sealed record TemplateDisk
{
    /// <summary>Name of an Image of type <c>Disk</c>.</summary>
    public required string Image { get; init; }

    /// <summary>Digest that the image must have: <c>sha256:</c> and 64 hexadecimal digits.</summary>
    public required string Digest { get; init; }
}
