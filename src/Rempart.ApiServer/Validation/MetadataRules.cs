using System.Text;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Validation;

/// <summary>Rules that the metadata of every object follows (apimachinery <c>ValidateObjectMeta</c> and <c>ValidateObjectMetaUpdate</c>).</summary>
internal static class MetadataRules
{
    /// <summary>Most bytes of all keys and values of annotations.</summary>
    public const int MaxAnnotations = 256 * 1024;

    /// <summary>Most labels of an object or a selector: each is looked at by every list that selects.</summary>
    public const int MostLabels = 1024;

    private const int MostFinalizers = 64;
    private const int MostOwners = 256;

    /// <summary>Checks metadata of a new or a changed object.</summary>
    /// <param name="kind">Kind of the object.</param>
    /// <param name="meta">Its metadata, with the name that it will have.</param>
    /// <param name="errors">Takes what is wrong.</param>
    public static void Validate(KindInfo kind, ObjectMeta meta, FieldErrors errors)
    {
        if (!string.IsNullOrEmpty(meta.GenerateName) && NameRules.BrokenPrefix(kind, meta.GenerateName) is { } prefix) errors.Invalid("metadata.generateName", meta.GenerateName, prefix);
        if (string.IsNullOrEmpty(meta.Name))
        {
            if (string.IsNullOrEmpty(meta.GenerateName)) errors.Required("metadata.name", "name or generateName is required");
        }
        else if (NameRules.Broken(kind, meta.Name) is { } name)
        {
            errors.Invalid("metadata.name", meta.Name, name);
        }

        if (!kind.Namespaced && !string.IsNullOrEmpty(meta.Namespace)) errors.Forbidden("metadata.namespace", "not allowed on this type");
        if (kind.Namespaced && string.IsNullOrEmpty(meta.Namespace)) errors.Required("metadata.namespace");
        else if (kind.Namespaced && Names.LabelRule(meta.Namespace!) is { } ns) errors.Invalid("metadata.namespace", meta.Namespace, ns);
        if (meta.Generation is < 0) errors.Invalid("metadata.generation", meta.Generation, "must be greater than or equal to 0");
        Labels(meta.Labels, "metadata.labels", errors);
        Annotations(meta.Annotations, errors);
        Owners(meta.OwnerReferences ?? [], errors);
        Finalizers(meta.Finalizers ?? [], errors);
    }

    /// <summary>Checks what an update may not change.</summary>
    /// <param name="meta">Metadata after the update.</param>
    /// <param name="before">Metadata as stored.</param>
    /// <param name="errors">Takes what is wrong.</param>
    public static void ValidateUpdate(ObjectMeta meta, ObjectMeta before, FieldErrors errors)
    {
        Immutable("metadata.name", meta.Name, before.Name, errors);
        Immutable("metadata.namespace", meta.Namespace, before.Namespace, errors);
        Immutable("metadata.uid", meta.Uid, before.Uid, errors);
        Immutable("metadata.creationTimestamp", meta.CreationTimestamp, before.CreationTimestamp, errors);
        Immutable("metadata.deletionTimestamp", meta.DeletionTimestamp, before.DeletionTimestamp, errors);
        Immutable("metadata.deletionGracePeriodSeconds", meta.DeletionGracePeriodSeconds, before.DeletionGracePeriodSeconds, errors);
        if (meta.Generation < before.Generation) errors.Invalid("metadata.generation", meta.Generation, "must not be decremented");
        if (before.DeletionTimestamp is null) return;
        string[] added = [.. (meta.Finalizers ?? []).Except(before.Finalizers ?? [])];
        if (added.Length > 0) errors.Forbidden("metadata.finalizers", $"no new finalizers can be added if the object is being deleted, found new finalizers {string.Join(", ", added.Select(f => $"\"{f}\""))}");
    }

    /// <summary>Checks labels, of an object or of a selector.</summary>
    /// <param name="labels">Labels.</param>
    /// <param name="path">Where they stand.</param>
    /// <param name="errors">Takes what is wrong.</param>
    public static void Labels(IReadOnlyDictionary<string, string>? labels, string path, FieldErrors errors)
    {
        if (labels?.Count > MostLabels) errors.TooMany(path, labels.Count, MostLabels);
        foreach (var (key, value) in (labels ?? new Dictionary<string, string>()).Take(MostLabels))
        {
            if (Names.QualifiedNameRule(key) is { } name) errors.Invalid(path, key, name);
            if (Names.LabelValueRule(value) is { } rule) errors.Invalid(path, value, rule);
        }
    }

    private static void Annotations(IReadOnlyDictionary<string, string>? annotations, FieldErrors errors)
    {
        long size = 0;
        foreach (var (key, value) in annotations ?? new Dictionary<string, string>())
        {
            // Keys of annotations may be written in any case: only their lower case form must be a name.
            if (Names.QualifiedNameRule(key.ToLowerInvariant()) is { } rule) errors.Invalid("metadata.annotations", key, rule);
            size += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value);
        }

        if (size > MaxAnnotations) errors.TooLong("metadata.annotations", MaxAnnotations);
    }

    private static void Owners(IReadOnlyList<OwnerReference> owners, FieldErrors errors)
    {
        const string Path = "metadata.ownerReferences";
        if (owners.Count > MostOwners) errors.TooMany(Path, owners.Count, MostOwners);
        string? controller = null;
        foreach (var owner in owners.Take(MostOwners))
        {
            if (owner.ApiVersion.Length == 0 || owner.ApiVersion.Count(c => c == '/') > 1) errors.Invalid($"{Path}.apiVersion", owner.ApiVersion, "version must not be empty");
            if (owner.Kind.Length == 0) errors.Invalid($"{Path}.kind", owner.Kind, "must not be empty");
            if (owner.Name.Length == 0) errors.Invalid($"{Path}.name", owner.Name, "must not be empty");
            if (owner.Uid.Length == 0) errors.Invalid($"{Path}.uid", owner.Uid, "must not be empty");
            if (owner is { ApiVersion: "v1", Kind: "Event" }) errors.Invalid(Path, owner.Kind, "/v1, Kind=Event is disallowed from being an owner");
            if (owner.Controller != true) continue;
            if (controller is not null) errors.Invalid(Path, owner.Name, $"Only one reference can have Controller set to true. Found \"true\" in references for {controller} and {owner.Name}");
            controller ??= owner.Name;
        }
    }

    private static void Finalizers(IReadOnlyList<string> finalizers, FieldErrors errors)
    {
        const string Path = "metadata.finalizers";
        if (finalizers.Count > MostFinalizers) errors.TooMany(Path, finalizers.Count, MostFinalizers);
        foreach (var finalizer in finalizers.Take(MostFinalizers))
        {
            if (Names.QualifiedNameRule(finalizer) is { } rule) errors.Invalid(Path, finalizer, rule);
            else if (!finalizer.Contains('/') && finalizer is not ("orphan" or "foregroundDeletion" or "kubernetes"))
                errors.Invalid(Path, finalizer, "name is neither a standard finalizer name nor is it fully qualified");
        }

        if (finalizers.Contains("orphan") && finalizers.Contains("foregroundDeletion"))
            errors.Invalid(Path, string.Join(", ", finalizers.Take(MostFinalizers)), "finalizer orphan and foregroundDeletion cannot be both set");
    }

    private static void Immutable<T>(string path, T value, T before, FieldErrors errors)
    {
        if (!EqualityComparer<T>.Default.Equals(value, before)) errors.Invalid(path, value, "field is immutable");
    }
}
