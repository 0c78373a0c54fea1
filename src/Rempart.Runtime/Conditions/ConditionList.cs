using Rempart.Api.Meta;

namespace Rempart.Runtime.Conditions;

/// <summary>Conditions of a status: one a type; the time of the last transition moves only when the status word does.</summary>
public static class ConditionList
{
    /// <summary>The condition of a type, or null.</summary>
    public static Condition? Find(this IReadOnlyList<Condition>? conditions, string type) => conditions?.FirstOrDefault(c => c.Type == type);

    /// <summary>True when the condition of a type is <c>True</c>.</summary>
    public static bool IsTrue(this IReadOnlyList<Condition>? conditions, string type) => conditions.Find(type)?.Status == "True";

    /// <summary>The list with a condition set; the very same list when that changes nothing.</summary>
    /// <param name="conditions">The list so far.</param>
    /// <param name="type">Condition's type.</param>
    /// <param name="status">True, false, or null for unknown.</param>
    /// <param name="reason">One CamelCase word.</param>
    /// <param name="message">A sentence.</param>
    /// <param name="generation">The metadata.generation that was looked at.</param>
    /// <param name="now">The time, in case it is a transition.</param>
    public static IReadOnlyList<Condition> With(
        this IReadOnlyList<Condition>? conditions, string type, bool? status, string reason, string message, long? generation, DateTimeOffset now)
    {
        var word = status switch { true => "True", false => "False", null => "Unknown" };
        var old = conditions.Find(type);
        var next = new Condition
        {
            Type = type,
            Status = word,
            Reason = reason,
            Message = message,
            ObservedGeneration = generation,
            LastTransitionTime = old?.Status == word ? old.LastTransitionTime : now,
        };
        if (old is null) return [.. conditions ?? [], next];
        return old == next ? conditions! : [.. conditions!.Select(c => c.Type == type ? next : c)];
    }
}
