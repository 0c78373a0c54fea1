using System.Diagnostics;

namespace Rempart.Api.Tracing;

/// <summary>Spans of our own sources. Where nobody listens, and in what is not traced, each of these is one comparison and no allocation.</summary>
public static class Spans
{
    /// <summary>What the names of all our sources begin with.</summary>
    public const string Prefix = "Rempart.";

    /// <summary>The property of an activity that is the first of its trace: the span id by which it is known everywhere, since .NET takes none from outside. See <see cref="MachineTrace"/>.</summary>
    public const string FirstAs = "rempart.span";

    /// <summary>The span that this code runs in; null when it is not traced. What the web server or a client made for itself doesn't count: its ids may be a stranger's.</summary>
    public static Activity? Current => Activity.Current is { IsStopped: false, Recorded: true } current && current.Source.Name.StartsWith(Prefix, StringComparison.Ordinal) ? current : null;

    /// <summary>A step of what is traced now; null when nothing is.</summary>
    /// <param name="source">Of the part that takes the step.</param>
    /// <param name="name">What the step is: few words, no values.</param>
    public static Activity? Step(this ActivitySource source, string name) => source.HasListeners() && Current is not null ? source.StartActivity(name) : null;

    /// <summary>What follows from a span elsewhere; null when <paramref name="from"/> is none or nobody listens.</summary>
    /// <param name="source">Of the part that does it.</param>
    /// <param name="name">What it is: few words, no values.</param>
    /// <param name="from">What it follows from.</param>
    /// <param name="links">Others that it also follows from.</param>
    public static Activity? Follow(this ActivitySource source, string name, ActivityContext from, IEnumerable<ActivityLink>? links = null) =>
        source.HasListeners() && from.TraceId != default ? source.StartActivity(name, ActivityKind.Internal, from, tags: null, links) : null;

    /// <summary>Notes that it failed, by the kind of failure: messages may hold what a person wrote.</summary>
    /// <param name="span">The span, or null.</param>
    /// <param name="failure">What failed.</param>
    public static void Fail(this Activity? span, Exception failure) => span?.SetStatus(ActivityStatusCode.Error, failure.GetType().Name);
}
