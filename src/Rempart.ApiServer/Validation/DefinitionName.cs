namespace Rempart.ApiServer.Validation;

/// <summary>Names of types in OpenAPI: Kubernetes' own names for its types, reversed domains for ours.</summary>
internal static class DefinitionName
{
    /// <summary>Name of a wire type such as <c>io.k8s.api.core.v1.Node</c>.</summary>
    /// <param name="type">A record of Rempart.Api.</param>
    public static string Of(Type type)
    {
        var area = type.Namespace!.Split('.')[^1];
        var name = type == typeof(Api.Meta.ApiStatus) ? "Status" : type.Name;
        return area switch
        {
            "Meta" => $"io.k8s.apimachinery.pkg.apis.meta.v1.{name}",
            "Core" or "Rbac" or "Coordination" or "Certificates" or "Authentication" or "Authorization" or "Events" => $"io.k8s.api.{area.ToLowerInvariant()}.v1.{name}",
            _ => $"dev.rempart.{area.ToLowerInvariant()}.v1.{name}",
        };
    }
}
