using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Rempart.Node.Workloads;

/// <summary>Uids to look at again, each at most once: a uid that waits already is not queued again, so the queue is bounded by the uids there are.</summary>
internal sealed class ChangeFeed : ChannelReader<string>
{
    private readonly Lock gate = new();
    private readonly HashSet<string> waiting = new(StringComparer.Ordinal);
    private readonly Channel<string> queue = Channel.CreateUnbounded<string>();

    internal void Add(string uid)
    {
        lock (gate)
        {
            if (waiting.Add(uid)) queue.Writer.TryWrite(uid);
        }
    }

    public override bool TryRead([MaybeNullWhen(false)] out string item)
    {
        lock (gate)
        {
            if (!queue.Reader.TryRead(out item)) return false;
            waiting.Remove(item);
            return true;
        }
    }

    public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default) => queue.Reader.WaitToReadAsync(cancellationToken);
}
