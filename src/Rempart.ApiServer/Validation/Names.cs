using System.Text.RegularExpressions;

namespace Rempart.ApiServer.Validation;

/// <summary>Forms of names (RFC 1123 and Kubernetes' <c>util/validation</c>); each rule gives null or the sentence that was broken.</summary>
internal static partial class Names
{
    private const string LabelSentence = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    private const string SubdomainSentence = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    private const string QualifiedSentence = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    private const string ValueSentence = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    /// <summary>A DNS label of at most 63 characters.</summary>
    /// <param name="text">Name.</param>
    public static string? LabelRule(string text) => text.Length > 63 ? "must be no more than 63 characters" : Label().IsMatch(text) ? null : LabelSentence;

    /// <summary>A DNS subdomain of at most 253 characters.</summary>
    /// <param name="text">Name.</param>
    public static string? SubdomainRule(string text) => text.Length > 253 ? "must be no more than 253 characters" : Subdomain().IsMatch(text) ? null : SubdomainSentence;

    /// <summary>A name that can be one segment of a path: what RBAC kinds accept.</summary>
    /// <param name="text">Name.</param>
    public static string? PathSegmentRule(string text) =>
        text is "." or ".." ? $"may not be '{text}'"
        : text.Contains('/') ? "may not contain '/'"
        : text.Contains('%') ? "may not contain '%'"
        : text.Any(char.IsControl) ? "may not contain control characters"
        : null;

    /// <summary>A key of labels, annotations and finalizers: <c>name</c> or <c>prefix/name</c>.</summary>
    /// <param name="text">Key.</param>
    public static string? QualifiedNameRule(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            if (slash == 0) return "prefix part must be non-empty";
            if (SubdomainRule(text[..slash]) is { } prefix) return $"prefix part {prefix}";
            if (text.IndexOf('/', slash + 1) >= 0) return "a qualified name " + QualifiedSentence[5..] + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
        }

        var name = text[(slash + 1)..];
        return name.Length == 0 ? "name part must be non-empty" : name.Length > 63 ? "name part must be no more than 63 characters" : Qualified().IsMatch(name) ? null : QualifiedSentence;
    }

    /// <summary>A value of a label: at most 63 characters, may be empty.</summary>
    /// <param name="text">Value.</param>
    public static string? LabelValueRule(string text) =>
        text.Length == 0 ? null : text.Length > 63 ? "must be no more than 63 characters" : Qualified().IsMatch(text) ? null : ValueSentence;

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Label();

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"\A([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Qualified();
}
