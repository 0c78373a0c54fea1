using System.Globalization;
using Rempart.Api.Authorization;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Kinds.Reviews;

/// <summary>Selectors in the question of a review (Kubernetes' <c>validateFieldSelectorAttributes</c>).</summary>
internal static class SelectorAttributes
{
    public static void Check(FieldErrors errors, string path, string? raw, IReadOnlyList<(string Key, string Operator, IReadOnlyList<string>? Values)>? requirements)
    {
        var terms = requirements ?? [];
        if (raw is { Length: > 0 } && terms.Count > 0) errors.Invalid($"{path}.rawSelector", raw, "may not specified at the same time as requirements");
        if (raw is not { Length: > 0 } && terms.Count == 0) errors.Required($"{path}.requirements", $"when {path} is specified, requirements or rawSelector is required");
        for (var i = 0; i < terms.Count; i++)
        {
            var (key, word, values) = terms[i];
            var at = string.Create(CultureInfo.InvariantCulture, $"{path}.requirements[{i}]");
            if (key.Length == 0) errors.Required($"{at}.key", "must be specified");
            switch (word)
            {
                case "In" or "NotIn" when values is not { Count: > 0 }: errors.Required($"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'"); break;
                case "Exists" or "DoesNotExist" when values is { Count: > 0 }: errors.Forbidden($"{at}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"); break;
                case "In" or "NotIn" or "Exists" or "DoesNotExist": break;
                default: errors.Invalid($"{at}.operator", word, "not a valid selector operator"); break;
            }
        }
    }

    /// <summary>
    /// The query parameter that such a request would carry. What can't be said in one is left out, which asks for more than
    /// was meant and so is allowed no more easily.
    /// </summary>
    public static string? Text(FieldSelectorAttributes? selector) => selector switch
    {
        null => null,
        { RawSelector: { Length: > 0 } raw } => raw,
        _ => string.Join(',', (selector.Requirements ?? []).Where(r => r is { Operator: "In" or "NotIn", Values.Count: 1 }).Select(r => $"{r.Key}{(r.Operator == "In" ? "=" : "!=")}{Escaped(r.Values![0])}")) is { Length: > 0 } text
            ? text : null,
    };

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal).Replace("=", "\\=", StringComparison.Ordinal);
}
