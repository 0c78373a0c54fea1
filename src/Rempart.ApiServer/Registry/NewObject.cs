using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Registry;

/// <summary>What the server sets on objects by itself.</summary>
internal static class NewObject
{
    /// <summary>Kubernetes' alphabet for generated names: no vowels, no digits that look like letters.</summary>
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    private const int LongestPrefix = 58;

    /// <summary>Sets namespace, UID and creation time.</summary>
    /// <returns>The prefix when a name has to be generated, else null.</returns>
    public static string? Identify(JsonObject document, WriteCall call)
    {
        var metadata = document.Metadata();
        if (metadata.Text("resourceVersion") is { Length: > 0 }) throw Failures.BadRequest("resourceVersion should not be set on objects to be created");
        CheckNamespace(metadata, call);
        metadata["uid"] = call.Uid ?? Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = Time(call.Now);
        foreach (var name in (string[])["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion", "generation"]) metadata.Remove(name);
        return metadata.Text("name") is null or "" && metadata.Text("generateName") is { Length: > 0 } prefix ? prefix : null;
    }

    /// <summary>Restores on an update what nobody can change.</summary>
    public static void KeepIdentity(JsonObject document, JsonObject old, WriteCall call, string name)
    {
        var (metadata, before) = (document.Metadata(), old.Metadata());
        CheckNamespace(metadata, call);
        if (metadata.Text("name") is { Length: > 0 } given && given != name)
        {
            throw Failures.BadRequest($"the name of the object ({given}) does not match the name on the URL ({name})");
        }

        if (metadata.Text("uid") is { Length: > 0 } uid && uid != before.Text("uid"))
        {
            // A whole object's uid says which object is meant; in a change it is a field that can't be changed.
            var errors = new FieldErrors();
            if (call.Patches || call.Applies) errors.Invalid("metadata.uid", uid, "field is immutable");
            errors.ThrowIfAny(call.Target.Kind, name);
            throw Failures.Conflict(call.Target.Kind, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {before.Text("uid")}");
        }

        foreach (var field in (string[])["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "generateName"])
        {
            metadata.Take(field, before);
        }

        foreach (var field in (string[])["selfLink", "resourceVersion"]) metadata.Remove(field);
    }

    /// <summary>Whether anything but metadata and status differs.</summary>
    public static bool ChangesDesire(JsonObject document, JsonObject old) =>
        document.Select(m => m.Key).Concat(old.Select(m => m.Key)).Distinct(StringComparer.Ordinal)
            .Any(name => name is not ("metadata" or "status") && !JsonNode.DeepEquals(document[name], old[name]));

    /// <summary>Whether an object whose deletion was asked for has nothing left to wait for.</summary>
    public static bool IsFinished(KindInfo kind, JsonObject document)
    {
        var metadata = document.Metadata();
        if (metadata.Text("deletionTimestamp") is null || metadata["finalizers"] is JsonArray { Count: > 0 }) return false;
        return kind is not { Kind: "Namespace", Group: "" } || document["spec"]?["finalizers"] is not JsonArray { Count: > 0 };
    }

    public static string RandomName(string prefix) =>
        prefix[..Math.Min(prefix.Length, LongestPrefix)] + RandomNumberGenerator.GetString(Alphabet, 5);

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static void CheckNamespace(JsonObject metadata, WriteCall call)
    {
        var given = metadata.Text("namespace");
        if (!call.Target.Kind.Namespaced)
        {
            if (given is { Length: > 0 }) throw Failures.BadRequest("namespace is not allowed on objects of this kind, which live outside namespaces");
            metadata.Remove("namespace");
            return;
        }

        if (given is { Length: > 0 } && given != call.Namespace)
        {
            throw Failures.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        metadata["namespace"] = call.Namespace;
    }
}
