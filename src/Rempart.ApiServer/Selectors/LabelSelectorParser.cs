using Rempart.Api.Meta;

namespace Rempart.ApiServer.Selectors;

/// <summary>Reads the text form of label selectors, as <c>labels.Parse</c> of Kubernetes does.</summary>
internal sealed class LabelSelectorParser(string text)
{
    private const int Longest = 16 * 1024;
    private int _at;

    /// <summary>All requirements.</summary>
    public IReadOnlyList<LabelRequirement> Parse()
    {
        if (text.Length > Longest) throw LabelRequirement.Refused($"a selector has at most {Longest} characters");
        var all = new List<LabelRequirement>();
        do
        {
            if (all.Count == LabelQuery.MostRequirements) throw LabelRequirement.Refused($"a selector has at most {LabelQuery.MostRequirements} requirements");
            all.Add(Requirement());
        }
        while (Take(","));
        if (_at < text.Length) throw Found("',' or the end");
        return all;
    }

    private LabelRequirement Requirement()
    {
        if (Take("!")) return LabelRequirement.Create(Word("a label key"), LabelOperator.DoesNotExist, []);
        var key = Word("'!' or a label key");
        if (Take("!=")) return LabelRequirement.Create(key, LabelOperator.NotIn, [Word(null)]);
        if (Take("==") || Take("=")) return LabelRequirement.Create(key, LabelOperator.In, [Word(null)]);
        if (Take(">")) return LabelRequirement.Create(key, LabelOperator.GreaterThan, [Word("a number")]);
        if (Take("<")) return LabelRequirement.Create(key, LabelOperator.LessThan, [Word("a number")]);
        SkipSpace();
        if (_at == text.Length || text[_at] == ',') return LabelRequirement.Create(key, LabelOperator.Exists, []);
        return Word("an operator") switch
        {
            "in" => LabelRequirement.Create(key, LabelOperator.In, Values()),
            "notin" => LabelRequirement.Create(key, LabelOperator.NotIn, Values()),
            var other => throw LabelRequirement.Refused($"found '{other}', expected: in, notin, =, ==, !=, gt, lt"),
        };
    }

    private List<string> Values()
    {
        if (!Take("(")) throw Found("'('");
        var values = new List<string>();
        do values.Add(Word(null));
        while (Take(","));
        return Take(")") ? values : throw Found("')' or ','");
    }

    /// <summary>The next word; empty words are allowed where <paramref name="expected"/> is null.</summary>
    private string Word(string? expected)
    {
        SkipSpace();
        var start = _at;
        while (_at < text.Length && !char.IsWhiteSpace(text[_at]) && !"=!(),<>".Contains(text[_at])) _at++;
        return _at > start || expected is null ? text[start.._at] : throw Found(expected);
    }

    private bool Take(string sign)
    {
        SkipSpace();
        if (string.CompareOrdinal(text, _at, sign, 0, sign.Length) != 0) return false;
        _at += sign.Length;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
    }

    private ApiException Found(string expected) =>
        LabelRequirement.Refused($"found '{(_at < text.Length ? text[_at].ToString() : "")}', expected: {expected}");
}
