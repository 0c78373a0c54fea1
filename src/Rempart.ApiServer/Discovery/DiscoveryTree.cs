using Rempart.Api.Meta;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Discovery;

/// <summary>What is served, by group: the source of both forms of discovery.</summary>
internal sealed class DiscoveryTree(KindTable kinds, IReadOnlyList<ISubresource> subresources)
{
    /// <summary>Groups in order, the core group first; each has one version.</summary>
    public IEnumerable<IGrouping<string, KindInfo>> Groups => kinds.All.GroupBy(k => k.Group).OrderBy(g => g.Key, StringComparer.Ordinal);

    public IReadOnlyList<string> Verbs(KindInfo kind) =>
        kind.Virtual ? ["create"] : kinds.Of(kind).Rules.Verbs;

    public IEnumerable<SubresourceInfo> Subresources(KindInfo kind)
    {
        if (kind.Virtual) return [];
        var found = kinds.Of(kind).Rules.Subresources.Concat(subresources.Where(s => s.Kind == kind).Select(s => s.Info));
        if (kind.HasStatus) found = found.Append(new SubresourceInfo("status", kind.Kind, ["get", "patch", "update"]));
        return found.OrderBy(s => s.Name, StringComparer.Ordinal);
    }
}
