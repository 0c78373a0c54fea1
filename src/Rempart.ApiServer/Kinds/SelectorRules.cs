using Rempart.Api.Meta;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Kinds;

/// <summary>Rules of label selectors inside of objects (apimachinery <c>ValidateLabelSelector</c>), with bounds.</summary>
internal static class SelectorRules
{
    /// <summary>Labels, and expressions, of a selector: each is looked at for each host or machine.</summary>
    internal const int MostTerms = 16;

    /// <summary>Values of an expression.</summary>
    internal const int MostValues = 64;

    private static readonly string[] Operators = ["In", "NotIn", "Exists", "DoesNotExist"];

    public static void Selector(this FieldErrors errors, string field, LabelSelector? selector)
    {
        if (selector is null) return;
        if (selector.MatchLabels?.Count > MostTerms) errors.TooMany($"{field}.matchLabels", selector.MatchLabels.Count, MostTerms);
        MetadataRules.Labels(selector.MatchLabels?.Take(MostTerms).ToDictionary(StringComparer.Ordinal), $"{field}.matchLabels", errors);
        var terms = errors.AtMost($"{field}.matchExpressions", selector.MatchExpressions, MostTerms);
        for (var i = 0; i < terms.Count; i++) Term(errors, $"{field}.matchExpressions[{i}]", terms[i]);
    }

    private static void Term(FieldErrors errors, string field, LabelSelectorRequirement term)
    {
        if (Names.QualifiedNameRule(term.Key) is { } rule) errors.Invalid($"{field}.key", term.Key, rule);
        if (!Operators.Contains(term.Operator))
        {
            errors.NotSupported($"{field}.operator", term.Operator, Operators);
            return;
        }

        var values = errors.AtMost($"{field}.values", term.Values, MostValues);
        if (term.Operator is "Exists" or "DoesNotExist")
        {
            if (values.Count > 0) errors.Forbidden($"{field}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
            return;
        }

        if (values.Count == 0) errors.Required($"{field}.values", "must be specified when `operator` is 'In' or 'NotIn'");
        for (var i = 0; i < values.Count; i++)
        {
            if (Names.LabelValueRule(values[i]) is { } value) errors.Invalid($"{field}.values[{i}]", values[i], value);
        }
    }
}
