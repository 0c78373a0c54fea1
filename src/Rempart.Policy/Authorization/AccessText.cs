namespace Rempart.Policy.Authorization;

/// <summary>Words for what a request is about.</summary>
internal static class AccessText
{
    public static string Of(AccessRequest request)
    {
        var resource = request.Subresource is null ? request.Resource : $"{request.Resource}/{request.Subresource}";
        var group = request.Group.Length == 0 ? "" : $".{request.Group}";
        var name = request.Name is null ? "" : $" `{request.Name}`";
        var place = request.Namespace is null ? "in the whole cluster" : $"in namespace `{request.Namespace}`";
        return $"`{resource}{group}`{name} {place}";
    }
}
