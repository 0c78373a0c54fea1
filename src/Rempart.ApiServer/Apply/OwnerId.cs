namespace Rempart.ApiServer.Apply;

/// <summary>Who owns fields, as managedFields tell owners apart: by name, operation, subresource and, for updates, API version.</summary>
/// <param name="Name">Name of the manager.</param>
/// <param name="Applies">True for <c>Apply</c>, false for <c>Update</c>.</param>
/// <param name="ApiVersion">Version that the fields were written in.</param>
/// <param name="Subresource">Subresource that they were written through; null for the object itself.</param>
internal sealed record OwnerId(string Name, bool Applies, string ApiVersion, string? Subresource)
{
    /// <summary>The value of <c>operation</c>.</summary>
    public string Operation => Applies ? "Apply" : "Update";

    /// <summary>The manager as conflicts name it.</summary>
    public override string ToString()
    {
        var text = GoJson.Quoted(Name);
        if (Subresource is not null) text += $" with subresource {GoJson.Quoted(Subresource)}";
        return Applies ? text : $"{text} using {ApiVersion}";
    }
}
