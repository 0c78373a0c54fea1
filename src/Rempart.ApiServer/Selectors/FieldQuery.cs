using Rempart.Api.Meta;

namespace Rempart.ApiServer.Selectors;

/// <summary>A field selector: terms <c>path=value</c>, <c>path==value</c>, <c>path!=value</c>, joined by "and".</summary>
internal sealed class FieldQuery
{
    private const int Longest = 16 * 1024;
    private const int MostTerms = 64;
    private readonly IReadOnlyList<FieldTerm> _terms;

    private FieldQuery(IReadOnlyList<FieldTerm> terms) => _terms = terms;

    /// <summary>Selects everything.</summary>
    public static FieldQuery Everything { get; } = new([]);

    /// <summary>True when nothing is asked for.</summary>
    public bool IsEmpty => _terms.Count == 0;

    /// <summary>Reads a selector for a kind.</summary>
    /// <param name="text">The query parameter <c>fieldSelector</c>; null and empty select everything. A backslash escapes comma, equals sign and backslash.</param>
    /// <param name="kind">The kind: only its selectable fields may be named.</param>
    /// <exception cref="ApiException">400: the selector can't be read or names another field.</exception>
    public static FieldQuery Parse(string? text, KindInfo kind)
    {
        if (string.IsNullOrWhiteSpace(text)) return Everything;
        if (text.Length > Longest) throw Refused($"a field selector has at most {Longest} characters");
        var terms = new List<FieldTerm>();
        foreach (var part in FieldSelectorText.Split(text))
        {
            if (part.Length == 0) continue;
            if (terms.Count == MostTerms) throw Refused($"a field selector has at most {MostTerms} terms");
            if (FieldSelectorText.Term(part) is not { } term) throw Refused($"invalid selector: '{text}'; can't understand '{part}'");
            if (IndexedFields.IndexOf(kind, term.Path) < 0) throw Refused(Unknown(kind, term.Path));
            terms.Add(term with { Index = IndexedFields.IndexOf(kind, term.Path) });
        }

        return terms.Count == 0 ? Everything : new FieldQuery(terms);
    }

    /// <summary>The value that a path must have, when the query asks for exactly one; lets a list become a get.</summary>
    /// <param name="path">Path such as <c>metadata.name</c>.</param>
    public string? Exact(string path) => _terms.FirstOrDefault(t => t.Path == path && !t.Negated)?.Value;

    /// <summary>True when all terms hold; a missing field is the empty text.</summary>
    /// <param name="fields">Fields of an object of the same kind.</param>
    public bool Matches(IndexedFields fields)
    {
        foreach (var term in _terms)
        {
            if ((fields.Values[term.Index] == term.Value) == term.Negated) return false;
        }

        return true;
    }

    // Kinds without fields of their own have the words of runtime.DefaultMetaV1FieldSelectorConversion.
    private static string Unknown(KindInfo kind, string path) => kind.SelectableFields.Count == 0 && !kind.Group.EndsWith(".rempart.dev", StringComparison.Ordinal)
        ? $"\"{path}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        : $"field label not supported: {path}";

    private static ApiException Refused(string message) => ApiException.Failure(400, StatusReason.BadRequest, message);
}
