using System.Text.Json.Nodes;
using Rempart.Api.Client;
using Rempart.Api.Infra;

namespace Rempart.Bench.Instance;

/// <summary>Lets each host take as many machines as a bench wants, which are idle. Disposal leaves hosts as they were.</summary>
internal sealed class HostOvercommit : IAsyncDisposable
{
    private readonly List<(string Host, string? Before)> _hosts = [];
    private readonly ApiClient _client;

    private HostOvercommit(ApiClient client) => _client = client;

    internal static async Task<HostOvercommit> RaiseAsync(ApiClient client, CancellationToken cancellationToken)
    {
        var raised = new HostOvercommit(client);
        foreach (var node in (await client.ListAllAsync<Api.Core.Node>(ListQuery.All, cancellationToken)).Items)
        {
            raised._hosts.Add((node.Metadata.Name!, node.Metadata.Annotations?.GetValueOrDefault(CpuOvercommit.Annotation)));
            await raised.SetAsync(node.Metadata.Name!, CpuOvercommit.Most.ToString(System.Globalization.CultureInfo.InvariantCulture), cancellationToken);
        }
        return raised;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (host, before) in _hosts) await SetAsync(host, before, CancellationToken.None);
    }

    private async Task SetAsync(string host, string? value, CancellationToken cancellationToken) =>
        await _client.PatchAsync<Api.Core.Node>(null, host, ApiPatch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [CpuOvercommit.Annotation] = value } } }), null, cancellationToken);
}
