using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Rempart.Api.Audit;
using Rempart.ApiServer.Metrics;

namespace Rempart.ApiServer.Audit;

/// <summary>Offers a signed checkpoint whenever enough records or time have passed since the last one that was kept.</summary>
internal sealed partial class CheckpointLoop(AuditLogOptions options, Func<AuditHead> head, long earlier, ILogger logger)
{
    private readonly Channel<bool> _due = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long _kept;

    /// <summary>For the writer, after each group.</summary>
    public void Written(long count)
    {
        if (count - Interlocked.Read(ref _kept) >= options.CheckpointRecords)
        {
            _due.Writer.TryWrite(true);
        }
    }

    /// <summary>Runs until <see cref="Complete"/>, then offers the last one.</summary>
    public async Task RunAsync()
    {
        bool more;
        do
        {
            more = await WaitAsync();
            await OfferAsync();
        }
        while (more);
    }

    public void Complete() => _due.Writer.Complete();

    private async Task<bool> WaitAsync()
    {
        using var limit = new CancellationTokenSource(options.CheckpointInterval, options.Time);
        try
        {
            return await _due.Reader.WaitToReadAsync(limit.Token) && _due.Reader.TryRead(out _);
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    private async Task OfferAsync()
    {
        var (count, hash) = head();
        if (count == Interlocked.Read(ref _kept))
        {
            return;
        }

        try
        {
            using var limit = new CancellationTokenSource(options.CheckpointInterval, options.Time);
            var checkpoint = AuditCheckpoint.Sign(options.Chain, count, hash, options.Time.GetUtcNow(), options.Signer);
            await options.Checkpointed(checkpoint, limit.Token);
            // The trail of earlier runs was vouched for by them.
            AuditMetrics.Vouched(count - Math.Max(Interlocked.Exchange(ref _kept, count), earlier));
        }
        catch (Exception failure)
        {
            // The records are safe; what waits longer is their witness. The next interval tries again.
            LogNotKept(count, failure);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "audit checkpoint of {Count} records could not be kept")]
    private partial void LogNotKept(long count, Exception failure);
}
