using System.Net.NetworkInformation;
using Microsoft.Extensions.Logging;
using Rempart.Api.Client;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Node.Profiles;
using Rempart.Runtime.Conditions;

namespace Rempart.Node.Hosts;

/// <summary>Tells the API what this host is made of, at its start and when it has changed, and has it made as its profile says.</summary>
/// <param name="client">acts as the node.</param>
/// <param name="profile">makes the host as its profile says.</param>
/// <param name="inspect">looks at the host.</param>
/// <param name="node">the node's name.</param>
/// <param name="time">clock of pauses.</param>
/// <param name="logger">told of failures.</param>
internal sealed partial class HostReporter(ApiClient client, ProfileKeeper profile, Func<CancellationToken, Task<HostStatus>> inspect, string node, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    /// <summary>Reports until cancelled; what fails is tried again.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await ReportAsync(cancellationToken);
            }
            catch (Exception failure) when (failure is ApiException or IOException or NetworkInformationException)
            {
                LogFailure(failure.Message);
            }

            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        var isNew = false;
        if (await client.FindAsync<Host>(null, node, cancellationToken) is not { } host)
        {
            isNew = true;
            // It goes with its Node, so it needs one; the agent makes that in its first seconds.
            if (await client.FindAsync<Api.Core.Node>(null, node, cancellationToken) is not { } owner) return;
            host = await client.CreateAsync(new Host
            {
                Metadata = new() { Name = node, OwnerReferences = [new OwnerReference { ApiVersion = "v1", Kind = "Node", Name = node, Uid = owner.Metadata.Uid! }] },
            }, cancellationToken);
        }

        // One that was made just now has not been told of its profile: that is not to have none.
        var state = isNew ? null : await profile.KeepAsync(host.Spec, cancellationToken);
        var others = state is null ? profile.Pools?.Keep([]).Pools : null;
        var seen = await inspect(cancellationToken);
        await client.ChangeStatusAsync(host, current => current with { Status = state is null ? seen with { Pools = others } : Told(seen, current.Status, state) }, cancellationToken);
    }

    private HostStatus Told(HostStatus seen, HostStatus? before, ProfileState state) => seen with
    {
        Pools = state.Pools,
        ProviderNetworks = state.ProviderNetworks,
        Conditions = (before?.Conditions).With(HostMarks.ProfileApplied, state.IsApplied, state.Reason, state.Message, state.Generation, time.GetUtcNow()),
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "what the host is made of could not be reported, trying again: {Failure}")]
    private partial void LogFailure(string failure);
}
