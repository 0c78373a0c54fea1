using Rempart.Api.Meta;

namespace Rempart.Runtime;

/// <summary>Names an object of a kind that is known from the context.</summary>
/// <param name="Namespace">Namespace; null for cluster-scoped kinds.</param>
/// <param name="Name">Name.</param>
public readonly record struct ResourceKey(string? Namespace, string Name)
{
    public static ResourceKey Of(ApiObject value) => new(value.Metadata.Namespace, value.Metadata.Name ?? "");

    public override string ToString() => Namespace is null ? Name : $"{Namespace}/{Name}";
}
