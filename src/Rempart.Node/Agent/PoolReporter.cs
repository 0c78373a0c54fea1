using Microsoft.Extensions.Logging;
using Rempart.Api.Client;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Linux;
using Rempart.Node.Volumes;
using Rempart.Runtime.Conditions;

namespace Rempart.Node.Agent;

/// <summary>Tells how much room this node has for the pools of type `Directory`, once a minute when it has changed enough to matter.</summary>
internal sealed partial class PoolReporter(ApiClient client, IVolumePools volumes, string node, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await ReportAsync(cancellationToken);
            }
            catch (Exception failure) when (failure is ApiException or VolumeException or LinuxException or IOException)
            {
                LogFailure(failure.Message);
            }
            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    /// <summary>The status with new numbers; the same one when the free room has moved by less than a hundredth of the whole.</summary>
    internal static StoragePoolStatus Status(StoragePoolStatus? old, FileSystemSpace space, string node, DateTimeOffset now)
    {
        var known = (old ?? new()) with { NodeName = node };
        var conditions = known.Conditions.With("Ready", true, "Ready", $"node `{node}` holds it", null, now);
        var moved = Math.Abs((known.Available?.Value ?? 0) - space.Available) * 100 >= space.Total;
        if (known.Capacity?.Value == space.Total && !moved) return known with { Conditions = conditions };
        return known with { Capacity = Quantity.FromBytes(space.Total), Available = Quantity.FromBytes(space.Available), Conditions = conditions };
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        foreach (var pool in (await client.ListAllAsync<StoragePool>(ListQuery.All, cancellationToken)).Items.Where(pool => pool.Spec.Type == "Directory" && (pool.Status?.NodeName is not { } other || other == node)))
        {
            Func<StoragePoolStatus?, StoragePoolStatus> told;
            try
            {
                var space = await volumes.Of(pool.Metadata.Name!).SpaceAsync(cancellationToken);
                told = old => Status(old, space, node, time.GetUtcNow());
            }
            catch (Exception failure) when (failure is VolumeException or LinuxException or IOException)
            {
                told = old => (old ?? new()) with { NodeName = node, Conditions = old?.Conditions.With("Ready", false, "Unavailable", failure.Message, null, time.GetUtcNow()) };
            }
            await client.ChangeStatusAsync(pool, current => current with { Status = told(current.Status) }, cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the storage pools could not be reported, trying again: {Failure}")]
    private partial void LogFailure(string failure);
}
