using System.Diagnostics;
using Rempart.Api.Tracing;

namespace Rempart.Runtime.Controllers;

/// <summary>Spans of reconciliations.</summary>
internal static class ControllerTracing
{
    private static readonly ActivitySource Source = new(Spans.Prefix + "Runtime");

    /// <summary>Begins one; null when what the key is about is not traced.</summary>
    public static Activity? Begin(ControllerSpec spec, ControllerContext context, ResourceKey key)
    {
        if (!Source.HasListeners() || spec.Reads is not [var about, ..] || about.Find(context.Caches, key) is not { } value) return null;
        var span = Source.Follow($"reconcile {spec.Name}", context.TraceOf(value));
        span?.SetTag("k8s.namespace.name", key.Namespace);
        span?.SetTag("k8s.object.name", key.Name);
        span?.SetTag("k8s.object.kind", about.Kind.Kind);
        return span;
    }
}
