using Rempart.Api.Core;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Http;

/// <summary>Objects that every cluster has.</summary>
internal static class BuiltInObjects
{
    private static readonly string[] Namespaces = ["default", "kube-system", "kube-node-lease"];

    public static async Task CreateAsync(ApiServerParts parts, CancellationToken cancellationToken)
    {
        foreach (var name in Namespaces)
        {
            if (parts.Cache.Get(KindInfo.Of<Namespace>(), null, name) is not null) continue;
            try
            {
                await parts.ServerWriter.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = name } }, cancellationToken);
            }
            catch (ApiException taken) when (taken.Status.Reason == StatusReason.AlreadyExists)
            {
                // Another server of the same store was faster.
            }
        }
    }
}
