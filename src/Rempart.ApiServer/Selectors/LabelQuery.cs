using Rempart.Api.Meta;

namespace Rempart.ApiServer.Selectors;

/// <summary>A label selector: requirements joined by "and" (Kubernetes <c>labels.Selector</c>).</summary>
internal sealed class LabelQuery
{
    /// <summary>Most requirements in one selector.</summary>
    public const int MostRequirements = 64;

    private readonly IReadOnlyList<LabelRequirement> _requirements;

    private LabelQuery(IReadOnlyList<LabelRequirement> requirements) => _requirements = requirements;

    /// <summary>Selects everything.</summary>
    public static LabelQuery Everything { get; } = new([]);

    /// <summary>True when nothing is asked for.</summary>
    public bool IsEmpty => _requirements.Count == 0;

    /// <summary>Reads a selector such as <c>app=web,tier in (a, b),!old,size&gt;3</c>.</summary>
    /// <param name="text">The query parameter <c>labelSelector</c>; null and empty select everything.</param>
    /// <exception cref="ApiException">400: the selector can't be read.</exception>
    public static LabelQuery Parse(string? text) => string.IsNullOrWhiteSpace(text) ? Everything : new LabelQuery(new LabelSelectorParser(text).Parse());

    /// <summary>The query of a typed selector; an empty one selects everything.</summary>
    /// <param name="selector">Selector of a document.</param>
    /// <exception cref="ApiException">400: an operator or a value is wrong.</exception>
    public static LabelQuery Of(LabelSelector selector)
    {
        var all = new List<LabelRequirement>();
        foreach (var (key, value) in selector.MatchLabels ?? new Dictionary<string, string>()) all.Add(LabelRequirement.Create(key, LabelOperator.In, [value]));
        foreach (var expression in selector.MatchExpressions ?? [])
        {
            all.Add(LabelRequirement.Create(expression.Key, expression.Operator switch
            {
                "In" => LabelOperator.In,
                "NotIn" => LabelOperator.NotIn,
                "Exists" => LabelOperator.Exists,
                "DoesNotExist" => LabelOperator.DoesNotExist,
                _ => throw LabelRequirement.Refused($"\"{expression.Operator}\" is not a valid label selector operator"),
            }, expression.Values ?? []));
        }

        return new LabelQuery(all);
    }

    /// <summary>True when all requirements hold.</summary>
    /// <param name="labels">Labels of an object.</param>
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        foreach (var requirement in _requirements)
        {
            if (!requirement.Matches(labels)) return false;
        }

        return true;
    }
}
