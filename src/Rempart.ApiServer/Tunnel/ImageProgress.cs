using System.Globalization;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Api.Tunnel;
using Rempart.ApiServer.Objects;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Tunnel;

/// <summary>
/// Writes how an upload goes into the image's status. The server does: a node has nothing to do with an image before it holds it, so it
/// may neither read nor write it.
/// </summary>
internal sealed class ImageProgress(ObjectCache cache, Func<IObjectWriter> writer, string server, TimeProvider time)
{
    private const int Attempts = 10;

    /// <summary>Bytes begin to come from somebody, who is an author from now on, to a node, which may have bytes from now on.</summary>
    public Task UploadingAsync(Image image, string user, string node, CancellationToken cancellationToken) => WriteAsync(image, status => IsCopy(image)
        ? status with { Copies = [.. (status.Copies ?? []).Where(copy => copy.Node != node), new ImageCopy { Node = node, Server = server }] }
        : status with
        {
            Phase = "Uploading",
            Authors = (status.Authors ?? []).Contains(user) ? status.Authors : [.. status.Authors ?? [], user],
            Nodes = (status.Nodes ?? []).Contains(node) ? status.Nodes : [.. status.Nodes ?? [], node],
        }, cancellationToken);

    /// <summary>A node fetches the bytes.</summary>
    public Task FetchingAsync(Image image, string node, TransferProgress told, CancellationToken cancellationToken) => WriteAsync(image, status => status with
    {
        Phase = told.Phase ?? "Fetching",
        Nodes = (status.Nodes ?? []).Contains(node) ? status.Nodes : [.. status.Nodes ?? [], node],
        ReceivingNode = node,
        Received = told.Received is { } received ? Quantity.FromBytes(received) : null,
        Total = told.Total is { } total ? Quantity.FromBytes(total) : null,
        Progress = Share(told),
        NextFetchTime = null,
    }, cancellationToken);

    /// <summary>A fetch has failed, and will be tried again.</summary>
    public Task FetchFailedAsync(Image image, StreamEnd end, CancellationToken cancellationToken) => WriteAsync(image, status =>
    {
        var failures = Math.Min((status.FailedFetches ?? 0) + 1, 1000);
        return status with
        {
            Phase = "Failed",
            FailedFetches = failures,
            NextFetchTime = time.GetUtcNow() + FetchBackOff.Delay(end.Reason, failures),
            Conditions = With(status, "False", end.Reason, end.Message),
        };
    }, cancellationToken);

    /// <summary>The node has all bytes and converts them.</summary>
    public Task ConvertingAsync(Image image, CancellationToken cancellationToken) => IsCopy(image) ? Task.CompletedTask : WriteAsync(image, status => status with { Phase = "Converting" }, cancellationToken);

    /// <summary>The upload was cut, or the node has gone: it can be tried again. The node is still named: it may have taken everything in when it was cut.</summary>
    public Task CutAsync(Image image, string? node, CancellationToken cancellationToken) => WriteAsync(image, status => IsCopy(image) ? Owing(status, node) : status with { Phase = "Pending" }, cancellationToken);

    /// <summary>The node has said how it ended.</summary>
    public Task EndedAsync(Image image, string node, StreamEnd end, CancellationToken cancellationToken) => WriteAsync(image, status => IsCopy(image) ? Copied(status, node, end) : end.Reason == StreamEnd.Completed
        ? status with
        {
            Phase = "Ready",
            Size = Quantity.FromBytes(end.Size ?? 0),
            VirtualSize = end.VirtualSize is > 0 and { } size ? Quantity.FromBytes(size) : null,
            // Those of transfers that were cut may have taken everything in when they were.
            Nodes = [node],
            FormerNodes = Some((status.FormerNodes ?? []).Union(status.Nodes ?? [], StringComparer.Ordinal).Where(other => other != node)),
            Conditions = With(status, "True", image.Spec.Source is null ? "Uploaded" : "Fetched", "the bytes are there and have the digest"),
            Received = null,
            Total = null,
            Progress = null,
            ReceivingNode = null,
            FailedFetches = null,
            NextFetchTime = null,
        }
        : status with { Phase = "Failed", Conditions = With(status, "False", end.Reason, end.Message) }, cancellationToken);

    /// <summary>Nodes hold nothing of an image any more.</summary>
    public Task ForgottenAsync(Image image, IReadOnlyCollection<string> nodes, CancellationToken cancellationToken) => WriteAsync(image, status => status with
    {
        FormerNodes = Some((status.FormerNodes ?? []).Except(nodes, StringComparer.Ordinal)),
    }, cancellationToken);

    // Its bytes are on a node; others get copies, and it stays ready whatever becomes of them. The digest says that they are the same, so who sends them is no author.
    private static bool IsCopy(Image image) => image.Status?.Phase == "Ready";

    /// <summary>Copies of an image that this server began.</summary>
    public IEnumerable<ImageCopy> Mine(Image image) => (image.Status?.Copies ?? []).Where(copy => copy.Server == server);

    // It may have taken everything in when it was cut, and is asked to delete that. Not named so before: another server would have the bytes deleted while they come.
    private static ImageStatus Owing(ImageStatus status, string? node) => node is null ? status
        : status.Nodes?.Contains(node) == true ? Ended(status, node)
        : Ended(status, node) with { FormerNodes = [.. (status.FormerNodes ?? []).Where(other => other != node), node] };

    private static ImageStatus Ended(ImageStatus status, string node) => status with { Copies = (status.Copies ?? []).Where(copy => copy.Node != node).ToArray() is { Length: > 0 } left ? left : null };

    // A node that refuses them has kept nothing.
    private static ImageStatus Copied(ImageStatus status, string node, StreamEnd end) => end.Reason != StreamEnd.Completed ? Ended(status, node) : Ended(status, node) with
    {
        Nodes = [.. (status.Nodes ?? []).Where(other => other != node), node],
        FormerNodes = Some((status.FormerNodes ?? []).Where(other => other != node)),
    };

    private async Task WriteAsync(Image image, Func<ImageStatus, ImageStatus> change, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            await cache.SyncAsync(cancellationToken);
            if (cache.Get(KindInfo.Of<Image>(), null, image.Metadata.Name!)?.As<Image>() is not { } now || now.Metadata.Uid != image.Metadata.Uid)
                throw Failures.NotFound(KindInfo.Of<Image>(), image.Metadata.Name!);
            try
            {
                await writer().UpdateAsync(now with { Metadata = Held(now.Metadata), Status = change(now.Status ?? new ImageStatus()) }, cancellationToken);
                return;
            }
            catch (ApiException changed) when (changed.Code == 409 && attempt < Attempts)
            {
                // Somebody else wrote it meanwhile.
            }
        }
    }

    private static string[]? Some(IEnumerable<string> nodes) => nodes.ToArray() is { Length: > 0 } some ? some : null;

    // `42%`, or how much has come when nobody knows of how much.
    private static string? Share(TransferProgress told) => told switch
    {
        { Received: null or 0 } => null,
        { Received: { } received, Total: > 0 and { } total } when received <= total => string.Create(CultureInfo.InvariantCulture, $"{100 * (Int128)received / total}%"),
        { Received: { } received } => string.Create(CultureInfo.InvariantCulture, $"{received >> 20}Mi"),
    };

    // From before the first byte on: an image must not vanish and leave its bytes behind.
    private static ObjectMeta Held(ObjectMeta metadata) => metadata.DeletionTimestamp is not null || metadata.Finalizers?.Contains(ImageMarks.Finalizer) == true
        ? metadata
        : metadata with { Finalizers = [.. metadata.Finalizers ?? [], ImageMarks.Finalizer] };

    private List<Condition> With(ImageStatus status, string value, string reason, string? message)
    {
        var old = status.Conditions?.FirstOrDefault(c => c.Type == "Ready");
        var since = old?.Status == value ? old.LastTransitionTime : time.GetUtcNow();
        return [.. (status.Conditions ?? []).Where(c => c.Type != "Ready"), new Condition { Type = "Ready", Status = value, Reason = reason, Message = message, LastTransitionTime = since }];
    }
}
