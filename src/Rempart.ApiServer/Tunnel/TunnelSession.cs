using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Threading.Channels;
using Rempart.Api.Meta;
using Rempart.Api.Tunnel;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Tunnel;

/// <summary>The tunnel of one node, from its request to its end.</summary>
internal sealed class TunnelSession(string node, TimeProvider time) : IDisposable
{
    private const int MostUnsent = TunnelLimits.StreamsOfNode + 4;

    private readonly Channel<TunnelMessage> unsent = Channel.CreateBounded<TunnelMessage>(new BoundedChannelOptions(MostUnsent) { SingleReader = true });
    private readonly ConcurrentDictionary<string, TaskCompletionSource<NodeStream>> awaited = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> streamsOfObject = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource ended = new();
    private int streams;

    /// <summary>The node's name.</summary>
    public string Node => node;

    /// <summary>Streams that are open or being opened.</summary>
    public int Streams => Volatile.Read(ref streams);

    /// <summary>Cancelled when the tunnel ends; its streams end with it.</summary>
    public CancellationToken Ended => ended.Token;

    /// <summary>What the node is to be told.</summary>
    public ChannelReader<TunnelMessage> Unsent => unsent.Reader;

    /// <summary>Shows the node that the server is there. False when the node does not read.</summary>
    public bool Ping() => unsent.Writer.TryWrite(new TunnelMessage());

    /// <summary>Ends the tunnel.</summary>
    public void End()
    {
        try
        {
            ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended already.
        }
    }

    /// <summary>Asks the node for a stream and waits until it has opened it.</summary>
    /// <param name="request">What for.</param>
    /// <param name="sign">Makes the ticket.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ApiException">503: too many streams, or the node has gone; 504: it did not answer in time.</exception>
    /// <exception cref="StreamRefusedException">The node refused.</exception>
    public async Task<NodeStream> OpenAsync(StreamRequest request, Func<string> sign, CancellationToken cancellationToken)
    {
        var release = Reserve(request.Uid);
        NodeStream? stream = null;
        using var deadline = new CancellationTokenSource(TunnelLimits.Open, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token, Ended);
        var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var waiting = awaited[id] = new TaskCompletionSource<NodeStream>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            var opening = new StreamOpening
            {
                Id = id, Ticket = sign(), Kind = request.Kind, Namespace = request.Namespace, Name = request.Name, Uid = request.Uid,
                Stream = request.Stream, AuditId = request.AuditId, Image = request.Image, Length = request.Length, Fetch = request.Fetch,
            };
            if (!unsent.Writer.TryWrite(new TunnelMessage { Open = opening })) throw Failures.Unavailable($"node `{node}` is slow to answer: try again", null);
            stream = await waiting.Task.WaitAsync(either.Token);
            var first = await stream.Frames.ReadAsync(either.Token);
            if (first.Channel == FrameChannel.End)
            {
                var refusal = FrameStream.ReadEnd(first);
                await stream.EndAsync(new StreamEnd { Reason = StreamEnd.Completed }, either.Token);
                throw new StreamRefusedException(refusal);
            }

            if (first.Channel != FrameChannel.Opened) throw new IOException($"node `{node}` began a stream with something else than its opening");
            stream.Released = release;
            return stream;
        }
        catch (Exception failure)
        {
            // Nobody may hand over a stream from here on; one that came in the last moment is ended.
            awaited.TryRemove(id, out _);
            if (!waiting.TrySetCanceled(CancellationToken.None)) stream ??= await waiting.Task;
            if (stream is not null) await stream.DisposeAsync();
            release();
            if (failure is IOException || (failure is OperationCanceledException && Ended.IsCancellationRequested)) throw Failures.Unavailable($"node `{node}` has gone: try again", failure);
            if (failure is OperationCanceledException && deadline.IsCancellationRequested)
                throw ApiException.Failure(504, StatusReason.Timeout, $"node `{node}` has not opened the stream within {TunnelLimits.Open.TotalSeconds} s: try again, and look at its agent's log");
            throw;
        }
        finally
        {
            awaited.TryRemove(id, out _);
        }
    }

    /// <summary>Whether somebody waits for a stream of this id.</summary>
    public bool Awaits(string id) => awaited.ContainsKey(id);

    /// <summary>Hands over the stream that the node brings. False when nobody waits for it: a stream is brought once, and in time.</summary>
    public bool Bring(string id, NodeStream stream) => awaited.TryRemove(id, out var waiting) && waiting.TrySetResult(stream);

    /// <inheritdoc/>
    public void Dispose() => ended.Dispose();

    private Action Reserve(string uid)
    {
        if (Interlocked.Increment(ref streams) > TunnelLimits.StreamsOfNode)
        {
            Interlocked.Decrement(ref streams);
            throw Failures.Unavailable($"node `{node}` has {TunnelLimits.StreamsOfNode} streams already: close one", null);
        }

        if (streamsOfObject.AddOrUpdate(uid, 1, (_, n) => n + 1) > TunnelLimits.StreamsOfObject)
        {
            Release(uid);
            throw Failures.Unavailable($"the object has {TunnelLimits.StreamsOfObject} streams already: close one", null);
        }

        var released = 0;
        return () =>
        {
            if (Interlocked.Exchange(ref released, 1) == 0) Release(uid);
        };
    }

    private void Release(string uid)
    {
        Interlocked.Decrement(ref streams);
        if (streamsOfObject.AddOrUpdate(uid, 0, (_, n) => n - 1) <= 0) streamsOfObject.TryRemove(new KeyValuePair<string, int>(uid, 0));
    }
}
