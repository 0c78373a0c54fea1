using Rempart.Api.Meta;

namespace Rempart.Policy.Placement;

/// <summary>Whether labels meet a selector, as Kubernetes' <c>LabelSelectorAsSelector</c> says: an empty one is met by all.</summary>
public static class LabelMatch
{
    /// <summary>Whether they do.</summary>
    /// <param name="selector">The selector.</param>
    /// <param name="labels">Labels of an object.</param>
    public static bool Matches(LabelSelector selector, IReadOnlyDictionary<string, string>? labels)
    {
        if (selector.MatchLabels is { } wanted)
        {
            foreach (var (key, value) in wanted)
            {
                if (labels is null || !labels.TryGetValue(key, out var has) || has != value) return false;
            }
        }

        if (selector.MatchExpressions is not { } expressions) return true;
        foreach (var term in expressions)
        {
            if (!Meets(term, labels)) return false;
        }

        return true;
    }

    // NotIn is met by what lacks the key, as in Kubernetes. What no validation would have let through is met by nothing.
    private static bool Meets(LabelSelectorRequirement term, IReadOnlyDictionary<string, string>? labels)
    {
        string? value = null;
        var has = labels is not null && labels.TryGetValue(term.Key, out value);
        return term.Operator switch
        {
            "In" => has && term.Values?.Contains(value!) == true,
            "NotIn" => !has || term.Values?.Contains(value!) != true,
            "Exists" => has,
            "DoesNotExist" => !has,
            _ => false,
        };
    }
}
