using Rempart.Api.Meta;
using Rempart.Runtime.Conditions;

namespace Rempart.Controllers.Projects;

/// <summary>What a project that is being deleted still holds.</summary>
/// <param name="Content">Objects that are left, by kind.</param>
/// <param name="Failures">What could not be listed or deleted, and why.</param>
internal sealed record ProjectRemains(IReadOnlyList<(KindInfo Kind, IReadOnlyList<LifetimeMetadata> Items)> Content, IReadOnlyList<string> Failures)
{
    private const int MostFailures = 5;

    public bool IsEmpty => Content.Count == 0 && Failures.Count == 0;

    /// <summary>Kubernetes' conditions of a namespace's deletion, in its words.</summary>
    /// <param name="so">The conditions so far.</param>
    /// <param name="now">The time.</param>
    public IReadOnlyList<Condition> Report(IReadOnlyList<Condition>? so, DateTimeOffset now)
    {
        var finalizers = Content.SelectMany(entry => entry.Items).SelectMany(item => item.Metadata.Finalizers ?? []).GroupBy(name => name).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Key} in {group.Count()} resource instances").ToList();
        return so
            .With("NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered", null, now)
            .With("NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions", "All legacy kube types successfully parsed", null, now)
            .With("NamespaceDeletionContentFailure", Failures.Count > 0, Failures.Count > 0 ? "ContentDeletionFailed" : "ContentDeleted",
                Failures.Count > 0 ? $"Failed to delete all resource types, {Failures.Count} remaining: {string.Join("; ", Failures.Take(MostFailures))}" : "All content successfully deleted, may be waiting on finalization", null, now)
            .With("NamespaceContentRemaining", Content.Count > 0, Content.Count > 0 ? "SomeResourcesRemain" : "ContentRemoved",
                Content.Count > 0 ? $"Some resources are remaining: {string.Join(", ", Content.Select(Describe))}" : "All content successfully removed", null, now)
            .With("NamespaceFinalizersRemaining", finalizers.Count > 0, finalizers.Count > 0 ? "SomeFinalizersRemain" : "ContentHasNoFinalizers",
                finalizers.Count > 0 ? $"Some content in the namespace has finalizers remaining: {string.Join(", ", finalizers)}" : "All content-preserving finalizers finished", null, now);
    }

    // Kubernetes' words, and with them at most three names.
    private static string Describe((KindInfo Kind, IReadOnlyList<LifetimeMetadata> Items) entry) =>
        $"{entry.Kind.Plural}.{entry.Kind.Group} has {entry.Items.Count} resource instances ({string.Join(", ", entry.Items.Take(3).Select(item => $"`{item.Metadata.Name}`"))}{(entry.Items.Count > 3 ? ", …" : "")})";
}
