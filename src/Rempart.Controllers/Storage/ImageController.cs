using System.Collections.Concurrent;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Runtime;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Informers;

namespace Rempart.Controllers.Storage;

/// <summary>Has images fetched whose bytes come from elsewhere, again after a time when it failed, and at once when what it failed of was changed.</summary>
internal sealed class ImageController(ControllerContext context) : IReconciler
{
    private static readonly TimeSpan LookAtMost = TimeSpan.FromHours(1);
    private readonly ICache<Image> _images = context.Cache<Image>();
    private readonly ICache<ImageSourcePolicy> _policies = context.Cache<ImageSourcePolicy>();

    // Of the last try of an image, by UID; a server that has just begun knows none and tries once more.
    private readonly ConcurrentDictionary<string, string?> _policyOfTry = new(StringComparer.Ordinal);

    public static ControllerRegistration Registration { get; } = new(
        new ControllerSpec
        {
            Name = "image",
            Reads =
            [
                ControllerInput.Self<Image>(),
                ControllerInput.Of<ImageSourcePolicy>((_, caches) => Waiting(caches)),
                ControllerInput.Of<Node>((_, caches) => Waiting(caches)),
            ],
            Writes = [],
            // Each holds a fetch to its end.
            Concurrency = 4,
        },
        context => new ImageController(context));

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_images.Get(key) is not { Spec.Source: not null } image) return ReconcileResult.Done;
        var uid = image.Metadata.Uid!;
        if (image.Metadata.DeletionTimestamp is not null || image.Status?.Phase == "Ready")
        {
            _policyOfTry.TryRemove(uid, out _);
            return ReconcileResult.Done;
        }

        var policy = _policies.Get(new(null, ImageSourcePolicy.TheOne))?.Metadata.ResourceVersion;
        if (Wait(image, policy) is { } wait) return ReconcileResult.After(wait < LookAtMost ? wait : LookAtMost);
        _policyOfTry[uid] = policy;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, KindInfo.Of<Image>().Path(null, key.Name, "fetch"));
            using var answer = await context.Client.OpenAsync(request, cancellationToken);
        }
        catch (ApiException)
        {
            // No node was there, for one: this policy has not been tried.
            _policyOfTry.TryRemove(uid, out _);
            throw;
        }

        return ReconcileResult.Done;
    }

    private TimeSpan? Wait(Image image, string? policy)
    {
        if (image.Status?.NextFetchTime is not { } next || next <= context.Time.GetUtcNow()) return null;
        var changed = !_policyOfTry.TryGetValue(image.Metadata.Uid!, out var tried) || tried != policy;
        return changed && image.Status.Conditions.Find("Ready")?.Reason is "EgressDenied" or "NotTrusted" ? null : next - context.Time.GetUtcNow();
    }

    private static IEnumerable<ResourceKey> Waiting(ICaches caches) =>
        caches.Of<Image>().List().Where(image => image.Spec.Source is not null && image.Status?.Phase != "Ready").Select(ResourceKey.Of);
}
