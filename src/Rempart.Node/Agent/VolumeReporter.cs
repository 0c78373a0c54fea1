using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Node.Volumes;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Controllers;

namespace Rempart.Node.Agent;

/// <summary>Tells how much the data of this node's volumes take, once a minute when that has changed enough to matter: whoever moves one asks for so much room.</summary>
internal sealed partial class VolumeReporter(ControllerContext context, IVolumePools pools, string node, ILogger logger)
{
    private const long LeastStep = 64L << 20;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            foreach (var volume in context.Cache<Volume>().List().Where(volume => volume.Status is { Phase: "Ready" } status && status.NodeName == node))
            {
                try
                {
                    await ReportAsync(volume, cancellationToken);
                }
                catch (Exception failure) when (failure is not UnreachableException && !cancellationToken.IsCancellationRequested)
                {
                    LogFailure(volume.Metadata.Namespace!, volume.Metadata.Name!, failure.Message);
                }
            }
            await Task.Delay(Interval, context.Time, cancellationToken);
        }
    }

    /// <summary>The status with a new number; the same one when it has not moved by a hundredth of the volume's size, and 64 MiB at least.</summary>
    internal static VolumeStatus Status(VolumeStatus old, long used)
    {
        var step = Math.Max(LeastStep, (old.Size?.Units ?? 0) / 100);
        return old.Used is { } told && Math.Abs(told.Value - used) < step ? old : old with { Used = Quantity.FromBytes(used) };
    }

    private async Task ReportAsync(Volume volume, CancellationToken cancellationToken)
    {
        if (await pools.Of(volume.Status!.Pool ?? StoragePool.Home).UsedAsync(volume.Metadata.Uid!, cancellationToken) is not { } used || ReferenceEquals(Status(volume.Status, used), volume.Status)) return;
        // It may have moved meanwhile: then it is another node's to tell of, or another file.
        await context.Client.ChangeStatusAsync(volume, current => current.Status is { } status && status.NodeName == node && status.Pool == volume.Status.Pool ? current with { Status = Status(status, used) } : current, cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "how much volume `{Project}/{Volume}` takes could not be reported, trying again: {Failure}")]
    private partial void LogFailure(string project, string volume, string failure);
}
