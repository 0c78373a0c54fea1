using Rempart.Api.Meta;

namespace Rempart.Runtime.Controllers;

/// <summary>Something that a controller writes.</summary>
/// <param name="Kind">Kind of the object.</param>
/// <param name="Field">Path such as <c>status.phase</c> or <c>status.conditions[Ready]</c>, which has one writer; null for making and deleting objects, which several may do.</param>
public sealed record ControllerOutput(KindInfo Kind, string? Field)
{
    /// <summary>A field with all below it, written by this controller alone.</summary>
    public static ControllerOutput Of<T>(string field) where T : ApiObject => new(KindInfo.Of<T>(), field);

    /// <summary>A condition type, written by this controller alone.</summary>
    public static ControllerOutput Condition<T>(string type) where T : ApiObject => new(KindInfo.Of<T>(), $"status.conditions[{type}]");

    /// <summary>Objects of the kind are made and deleted by this controller, among others.</summary>
    public static ControllerOutput Objects<T>() where T : ApiObject => new(KindInfo.Of<T>(), null);

    /// <summary>True when both name the same field or one is part of the other.</summary>
    public bool Overlaps(ControllerOutput other) => Field is not null && other.Field is not null
        && Kind == other.Kind && (Within(Field, other.Field) || Within(other.Field, Field));

    private static bool Within(string inner, string outer) => inner.StartsWith(outer, StringComparison.Ordinal)
        && (inner.Length == outer.Length || inner[outer.Length] is '.' or '[');
}
