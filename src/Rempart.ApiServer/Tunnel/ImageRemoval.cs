using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Api.Tunnel;
using Rempart.ApiServer.Objects;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Tunnel;

/// <summary>
/// Has nodes delete the bytes of images that are being deleted, and lets the images go afterwards; the bytes too that a transfer which
/// was cut left on another node; and puts right what a server that died in the middle of an upload left in the image's status. Bytes that another image has too stay where they are, and an image
/// whose bytes a machine was made of waits for the machine's end.
/// </summary>
internal sealed partial class ImageRemoval(ObjectCache cache, TunnelServer tunnels, ImageUploads uploads, ImageProgress progress, Func<IObjectWriter> writer, TimeProvider time, ILogger logger) : IObjectObserver<Image>
{
    /// <summary>Type of the stream in which a node is told to delete an image's bytes.</summary>
    public const string Stream = "removal";

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly KindInfo Kind = KindInfo.Of<Image>();

    private readonly ConcurrentDictionary<string, bool> leaving = new(StringComparer.Ordinal);
    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <inheritdoc/>
    public void Put(Image value)
    {
        if (!IsLeaving(value) && value.Status?.FormerNodes is not { Count: > 0 }) return;
        leaving[value.Metadata.Name!] = true;
        wake.Writer.TryWrite(true);
    }

    /// <inheritdoc/>
    public void Remove(string? ns, string name) => leaving.TryRemove(name, out _);

    /// <summary>Runs until the server stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        await TryAsync(() => ForgetUploadsAsync(stopping), stopping);
        while (true)
        {
            foreach (var name in leaving.Keys)
            {
                await TryAsync(async () =>
                {
                    if (await RemoveAsync(name, stopping)) leaving.TryRemove(name, out _);
                }, stopping);
            }
            if (leaving.IsEmpty) await wake.Reader.ReadAsync(stopping);
            else await Task.Delay(Again, time, stopping);
        }
    }

    // What this loop can't do now it does later: it never takes the server with it.
    private async Task TryAsync(Func<Task> step, CancellationToken stopping)
    {
        try
        {
            await step();
        }
        catch (Exception failure) when (failure is not UnreachableException && !stopping.IsCancellationRequested)
        {
            LogFailure(failure.Message);
        }
    }

    /// <summary>Has a node delete what came for an image that went meanwhile through another server: nobody names it any more.</summary>
    public async Task AbandonAsync(Image image, string node, CancellationToken cancellationToken)
    {
        await cache.SyncAsync(cancellationToken);
        if (!IsSharedOn(image, node) && await DeleteAsync(image, node, cancellationToken) is { Reason: not StreamEnd.Completed } obstacle) LogAbandoned(image.Spec.Digest, node, obstacle.Message ?? obstacle.Reason);
    }

    // Uploads live in the process: none is under way when it begins.
    private async Task ForgetUploadsAsync(CancellationToken cancellationToken)
    {
        await cache.SyncAsync(cancellationToken);
        foreach (var image in cache.List(Kind, null).Select(stored => stored.As<Image>()).Where(image => image.Status?.Phase is "Uploading" or "Converting" && !uploads.IsUnderWay(image)))
            await progress.CutAsync(image, node: null, cancellationToken);
        foreach (var image in cache.List(Kind, null).Select(stored => stored.As<Image>()).Where(image => image.Status?.Phase == "Ready" && !uploads.IsUnderWay(image)))
        {
            foreach (var copy in progress.Mine(image)) await progress.CutAsync(image, copy.Node, cancellationToken);
        }
    }

    // True when there is nothing left to do.
    private async Task<bool> RemoveAsync(string name, CancellationToken cancellationToken)
    {
        await cache.SyncAsync(cancellationToken);
        if (Find(name) is not { } image) return true;
        if (!uploads.BeginRemoval(image.Spec.Digest)) return false;
        try
        {
            // What the last upload of these bytes wrote is seen only now.
            await cache.SyncAsync(cancellationToken);
            if (Find(name) is not { } now) return true;
            if (!IsLeaving(now)) return await ForgetAsync(now, cancellationToken);
            if (await ObstacleAsync(now, cancellationToken) is { } obstacle)
            {
                await SayAsync(now, obstacle, cancellationToken);
                return false;
            }
            await writer().UpdateAsync(now with { Metadata = now.Metadata with { Finalizers = [.. now.Metadata.Finalizers!.Where(other => other != ImageMarks.Finalizer)] } }, cancellationToken);
            return true;
        }
        finally
        {
            uploads.EndRemoval(image.Spec.Digest);
        }
    }

    // Whether all nodes but those that hold it have let go of its bytes.
    private async Task<bool> ForgetAsync(Image image, CancellationToken cancellationToken)
    {
        var (former, gone) = (image.Status!.FormerNodes!, new List<string>());
        // Where bytes are on their way again, whoever sends them says what becomes of them.
        foreach (var node in former.Where(node => image.Status.Copies?.Any(copy => copy.Node == node) != true))
        {
            if (await ObstacleAsync(image, node, cancellationToken) is null) gone.Add(node);
        }
        if (gone.Count > 0) await progress.ForgottenAsync(image, gone, cancellationToken);
        return gone.Count == former.Count;
    }

    // Null when no node has its bytes any more.
    private async Task<StreamEnd?> ObstacleAsync(Image image, CancellationToken cancellationToken)
    {
        if (cache.List(KindInfo.Of<VirtualMachine>(), null).Select(stored => stored.As<VirtualMachine>()).FirstOrDefault(machine => IsMadeOf(machine, image)) is { } user)
            return new StreamEnd { Reason = "InUse", Message = $"machine `{user.Metadata.Namespace}/{user.Metadata.Name}` is made of it: delete the machine first" };
        foreach (var node in (image.Status?.Nodes ?? []).Union(image.Status?.FormerNodes ?? [], StringComparer.Ordinal).Union((image.Status?.Copies ?? []).Select(copy => copy.Node), StringComparer.Ordinal))
        {
            if (await ObstacleAsync(image, node, cancellationToken) is { } obstacle) return obstacle;
        }
        return null;
    }

    // Null when this node has its bytes no more, or for another image.
    private async Task<StreamEnd?> ObstacleAsync(Image image, string node, CancellationToken cancellationToken) =>
        cache.Get(KindInfo.Of<Node>(), null, node) is not null && !IsSharedOn(image, node) && await DeleteAsync(image, node, cancellationToken) is { Reason: not StreamEnd.Completed } obstacle ? obstacle : null;

    private async Task<StreamEnd> DeleteAsync(Image image, string node, CancellationToken cancellationToken)
    {
        if (tunnels.Find(node) is not { } session) return new StreamEnd { Reason = "NodeAway", Message = $"node `{node}`, which has its bytes, is not connected to this server" };
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var request = new StreamRequest(Kind.Kind, null, image.Metadata.Name!, image.Metadata.Uid!, Stream, Guid.NewGuid().ToString(), ServerWriter.UserName) { Image = image.Spec };
            await using var stream = await tunnels.OpenAsync(session, request, either.Token);
            var frame = await stream.Frames.ReadAsync(either.Token);
            while (frame.Channel != FrameChannel.End) frame = await stream.Frames.ReadAsync(either.Token);
            await stream.EndAsync(new StreamEnd { Reason = StreamEnd.Completed }, either.Token);
            return FrameStream.ReadEnd(frame);
        }
        catch (StreamRefusedException refused)
        {
            return refused.End;
        }
        catch (Exception cut) when (cut is IOException or ApiException || (cut is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new StreamEnd { Reason = "NodeAway", Message = $"node `{node}`, which has its bytes, has not answered" };
        }
    }

    private async Task SayAsync(Image image, StreamEnd obstacle, CancellationToken cancellationToken)
    {
        var old = image.Status?.Conditions?.FirstOrDefault(condition => condition.Type == ImageMarks.Removed);
        if (old?.Reason == obstacle.Reason && old.Message == obstacle.Message) return;
        var condition = new Condition { Type = ImageMarks.Removed, Status = "False", Reason = obstacle.Reason, Message = obstacle.Message, LastTransitionTime = old?.LastTransitionTime ?? time.GetUtcNow() };
        var status = image.Status ?? new ImageStatus();
        await writer().UpdateAsync(image with { Status = status with { Conditions = [.. (status.Conditions ?? []).Where(other => other.Type != condition.Type), condition] } }, cancellationToken);
    }

    private Image? Find(string name) => cache.Get(Kind, null, name)?.As<Image>() is { } image && (IsLeaving(image) || image.Status?.FormerNodes is { Count: > 0 }) ? image : null;

    private static bool IsLeaving(Image image) => image.Metadata.DeletionTimestamp is not null && image.Metadata.Finalizers?.Contains(ImageMarks.Finalizer) == true;

    // Others that are being deleted count too: their machines may still need the bytes, and the last one out deletes them.
    private bool IsSharedOn(Image image, string node) => cache.List(Kind, null).Select(stored => stored.As<Image>())
        .Any(other => other.Metadata.Uid != image.Metadata.Uid && other.Spec.Digest == image.Spec.Digest && other.Status?.Nodes?.Contains(node) == true);

    // Its boot files too, which no volume says: it could not be started again.
    private static bool IsMadeOf(VirtualMachine machine, Image image) => machine.Status?.Template is { } template
        && new[] { template.RootDisk, template.Boot.Kernel, template.Boot.Initrd }.Any(part => part?.Digest == image.Spec.Digest && part.Image == image.Metadata.Name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the image of `{Digest}` went while its bytes came to node `{Node}`, which keeps them: {Why}. Upload an image of this digest to that node and delete it")]
    private partial void LogAbandoned(string digest, string node, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "an image that is being deleted could not be let go, trying again: {Failure}")]
    private partial void LogFailure(string failure);
}
