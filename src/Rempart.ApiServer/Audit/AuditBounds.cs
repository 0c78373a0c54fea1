using System.Globalization;
using Rempart.Api.Audit;

namespace Rempart.ApiServer.Audit;

/// <summary>Holds a record far below the longest line, whatever a request brought: what is cut says that it was cut.</summary>
internal static class AuditBounds
{
    private const int Text = 2048;
    private const int Groups = 256;
    private const int GroupText = 256;

    public static AuditRecord Fit(AuditRecord record) => record with
    {
        AuditId = Cut(record.AuditId, GroupText)!,
        User = Cut(record.User, Text),
        Groups = Cut(record.Groups),
        ImpersonatedBy = Cut(record.ImpersonatedBy, Text),
        Method = Cut(record.Method, Text),
        Credential = Cut(record.Credential, Text),
        Source = Cut(record.Source, Text),
        Verb = Cut(record.Verb, Text),
        Group = Cut(record.Group, Text),
        Version = Cut(record.Version, Text),
        Resource = Cut(record.Resource, Text),
        Subresource = Cut(record.Subresource, Text),
        Namespace = Cut(record.Namespace, Text),
        Name = Cut(record.Name, Text),
        Path = Cut(record.Path, Text),
        Key = Cut(record.Key, Text),
        Decision = Cut(record.Decision, Text),
        Reason = Cut(record.Reason, Text),
        Before = Cut(record.Before, GroupText),
        After = Cut(record.After, GroupText),
        Note = Cut(record.Note, Text),
    };

    private static string? Cut(string? text, int most)
    {
        if (text is null || text.Length <= most)
        {
            return text;
        }

        // Not between the two halves of a character.
        var length = char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
        return string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, length)}… ({text.Length - length} more)");
    }

    private static IReadOnlyList<string>? Cut(IReadOnlyList<string>? groups) => groups switch
    {
        null => null,
        { Count: <= Groups } => [.. groups.Select(group => Cut(group, GroupText)!)],
        _ => [.. groups.Take(Groups).Select(group => Cut(group, GroupText)!), string.Create(CultureInfo.InvariantCulture, $"… ({groups.Count - Groups} more)")],
    };
}
