using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Api.Storage;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>What a machine leaves in the API if nobody tidies up, a line each: its volume, interface, addresses and moves.</summary>
internal static class ClusterRemains
{
    public static async Task<IReadOnlyList<string>> OfAsync(ApiClient api, CancellationToken cancellationToken)
    {
        async Task<IEnumerable<string>> NamesAsync<T>() where T : ApiObject =>
            (await api.ListAllAsync<T>(ListQuery.All, cancellationToken)).Items.Select(found => $"{typeof(T).Name} {found.Metadata.Namespace}/{found.Metadata.Name}");
        return [.. await NamesAsync<Volume>(), .. await NamesAsync<NetworkInterface>(), .. await NamesAsync<AddressClaim>(), .. await NamesAsync<MachineMigration>()];
    }
}
