using System.Globalization;
using Rempart.Api.Meta;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Selectors;

/// <summary>One requirement of a label selector.</summary>
internal sealed class LabelRequirement
{
    private readonly string _key;
    private readonly LabelOperator _operator;
    private readonly HashSet<string> _values;
    private readonly long _bound;

    private LabelRequirement(string key, LabelOperator @operator, HashSet<string> values, long bound) =>
        (_key, _operator, _values, _bound) = (key, @operator, values, bound);

    /// <summary>Checks and makes a requirement.</summary>
    /// <exception cref="ApiException">400: key, values or their number are wrong.</exception>
    public static LabelRequirement Create(string key, LabelOperator @operator, IReadOnlyCollection<string> values)
    {
        if (Names.QualifiedNameRule(key) is { } rule) throw Refused($"key: Invalid value: \"{key}\": {rule}");
        long bound = 0;
        switch (@operator)
        {
            case LabelOperator.In or LabelOperator.NotIn when values.Count == 0:
                throw Refused("values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty");
            case LabelOperator.Exists or LabelOperator.DoesNotExist when values.Count > 0:
                throw Refused("values: Invalid value: values set must be empty for exists and does not exist");
            case LabelOperator.GreaterThan or LabelOperator.LessThan:
                if (values.Count != 1 || !long.TryParse(values.First(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out bound))
                    throw Refused("values: Invalid value: for 'Gt', 'Lt' operators, exactly one whole number is required");
                break;
            default: break;
        }

        foreach (var value in values)
        {
            if (Names.LabelValueRule(value) is { } wrong) throw Refused($"values: Invalid value: \"{value}\": {wrong}");
        }

        return new LabelRequirement(key, @operator, [.. values], bound);
    }

    /// <summary>The failure of a selector that can't be read.</summary>
    public static ApiException Refused(string message) =>
        ApiException.Failure(400, StatusReason.BadRequest, $"unable to parse requirement: {message}");

    /// <summary>True when the labels fulfill the requirement; a missing label fulfills <c>notin</c> and <c>!=</c>.</summary>
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        var found = labels.TryGetValue(_key, out var value);
        return _operator switch
        {
            LabelOperator.In => found && _values.Contains(value!),
            LabelOperator.NotIn => !found || !_values.Contains(value!),
            LabelOperator.Exists => found,
            LabelOperator.DoesNotExist => !found,
            LabelOperator.GreaterThan => found && long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number > _bound,
            LabelOperator.LessThan => found && long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number < _bound,
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}
