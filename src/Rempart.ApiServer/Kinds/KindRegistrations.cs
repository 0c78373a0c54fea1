using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds;

/// <summary>Every stored kind and its rules, one line each.</summary>
internal static class KindRegistrations
{
    public static IReadOnlyList<KindRegistration> All { get; } =
    [
        new(KindInfo.Of<ConfigMap>(), new KindRules()),
        new(KindInfo.Of<Namespace>(), new NamespaceRules()),
    ];
}
