using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Client;
using Rempart.Api.Meta;

namespace Rempart.Runtime.Conditions;

/// <summary>
/// Writes a status that several parties write parts of, of other versions too: only what changed is sent, so that members which this program does not
/// know stay as they are.
/// </summary>
public static class StatusWriter
{
    private const int Attempts = 5;

    /// <summary>
    /// Writes what <paramref name="change"/> makes of an object, if it changes anything. When somebody else was quicker, the
    /// object is read and changed again. Null when the object is gone or was made anew under its name.
    /// </summary>
    /// <param name="client">Writes as this identity.</param>
    /// <param name="current">The object as known.</param>
    /// <param name="change">Changes the status and nothing else; may be called several times.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<T?> ChangeStatusAsync<T>(this ApiClient client, T current, Func<T, T> change, CancellationToken cancellationToken) where T : ApiObject
    {
        for (var attempt = 1; ; attempt++)
        {
            var wanted = change(current);
            if (SameJson(current, wanted)) return current;
            try
            {
                return await client.PatchAsync<T>(current.Metadata.Namespace, current.Metadata.Name!, ApiPatch.Merge(Change(current, wanted)), "status", cancellationToken);
            }
            catch (ApiException gone) when (gone.Code == 404)
            {
                return null;
            }
            catch (ApiException conflict) when (conflict.Status.Reason == StatusReason.Conflict && attempt < Attempts)
            {
                var newer = await client.FindAsync<T>(current.Metadata.Namespace, current.Metadata.Name!, cancellationToken);
                if (newer is null || newer.Metadata.Uid != current.Metadata.Uid) return null;
                current = newer;
            }
        }
    }

    // With the version that was read: what came in between is looked at before anything is written over it.
    private static JsonObject Change<T>(T current, T wanted) where T : ApiObject => new()
    {
        ["metadata"] = new JsonObject { ["resourceVersion"] = current.Metadata.ResourceVersion },
        ["status"] = MergeDifference.Of(Status(current), Status(wanted)),
    };

    private static JsonNode? Status<T>(T value) where T : ApiObject => JsonSerializer.SerializeToNode(value, ApiJson.Lenient.GetTypeInfo(typeof(T)))!["status"];

    /// <summary>True when both are written the same; record equality is false for equal lists.</summary>
    public static bool SameJson<T>(T left, T right) where T : class => ReferenceEquals(left, right)
        || JsonSerializer.SerializeToUtf8Bytes(left, ApiJson.Lenient.GetTypeInfo(typeof(T))).AsSpan()
            .SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(right, ApiJson.Lenient.GetTypeInfo(typeof(T))));
}
