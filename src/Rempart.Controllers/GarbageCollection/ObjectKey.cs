using Rempart.Api;
using Rempart.Api.Meta;
using Rempart.Runtime;

namespace Rempart.Controllers.GarbageCollection;

/// <summary>Names an object of any kind; in a work queue as `plural.group|name` in its namespace.</summary>
internal readonly record struct ObjectKey(KindInfo Kind, string? Namespace, string Name)
{
    private static readonly Dictionary<string, KindInfo> Kinds = ApiKinds.All.Where(kind => !kind.Virtual).ToDictionary(kind => kind.GroupResource, StringComparer.Ordinal);

    public static ObjectKey Of(KindInfo kind, ApiObject value) => new(kind, kind.Namespaced ? value.Metadata.Namespace : null, value.Metadata.Name ?? "");

    public static ObjectKey From(ResourceKey key)
    {
        var parts = key.Name.Split('|', 2);
        return new ObjectKey(Kinds[parts[0]], key.Namespace, parts[1]);
    }

    public ResourceKey ToResourceKey() => new(Namespace, $"{Kind.GroupResource}|{Name}");
}
