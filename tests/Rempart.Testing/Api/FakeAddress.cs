using System.Text.Json.Nodes;
using Rempart.Api.Meta;

namespace Rempart.Testing.Api;

internal readonly record struct FakeAddress(KindInfo Kind, string? Namespace, string Name)
{
    public static FakeAddress Of(KindInfo kind, JsonObject json) =>
        new(kind, kind.Namespaced ? json["metadata"]!["namespace"]?.GetValue<string>() : null, json["metadata"]!["name"]!.GetValue<string>());

    public override string ToString() => Namespace is null ? Name : $"{Namespace}/{Name}";
}
