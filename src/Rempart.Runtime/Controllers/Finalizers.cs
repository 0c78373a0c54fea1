using System.Text.Json.Nodes;
using Rempart.Api.Client;
using Rempart.Api.Meta;

namespace Rempart.Runtime.Controllers;

/// <summary>Adds and removes finalizers without touching anything else of an object.</summary>
public static class Finalizers
{
    public static bool Has(ApiObject value, string finalizer) => value.Metadata.Finalizers?.Contains(finalizer) == true;

    /// <summary>Adds a finalizer. Nothing happens when it is there, or when the object is being deleted (the API would refuse).</summary>
    public static async Task AddAsync(ApiClient client, KindInfo kind, ApiObject value, string finalizer, CancellationToken cancellationToken)
    {
        if (Has(value, finalizer) || value.Metadata.DeletionTimestamp is not null) return;
        await SetAsync(client, kind, value, [.. value.Metadata.Finalizers ?? [], finalizer], cancellationToken);
    }

    /// <summary>Removes a finalizer; an object that is gone already is fine.</summary>
    public static async Task RemoveAsync(ApiClient client, KindInfo kind, ApiObject value, string finalizer, CancellationToken cancellationToken)
    {
        if (!Has(value, finalizer)) return;
        try
        {
            await SetAsync(client, kind, value, [.. value.Metadata.Finalizers!.Where(other => other != finalizer)], cancellationToken);
        }
        catch (ApiException gone) when (gone.Code == 404)
        {
        }
    }

    // The version goes with the list: whoever changed it meanwhile must not be overwritten (409, tried again).
    private static Task<LifetimeMetadata> SetAsync(ApiClient client, KindInfo kind, ApiObject value, string[] finalizers, CancellationToken cancellationToken)
    {
        var metadata = new JsonObject
        {
            ["uid"] = value.Metadata.Uid,
            ["resourceVersion"] = value.Metadata.ResourceVersion,
            ["finalizers"] = new JsonArray([.. finalizers.Select(name => JsonValue.Create(name))]),
        };
        var patch = ApiPatch.Merge(new JsonObject { ["metadata"] = metadata });
        return client.PatchAsync<LifetimeMetadata>(kind, kind.Namespaced ? value.Metadata.Namespace : null, value.Metadata.Name!, patch, null, cancellationToken);
    }
}
