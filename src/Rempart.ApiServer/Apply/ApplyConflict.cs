using System.Globalization;
using System.Text;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Apply;

/// <summary>A field that an applied configuration would take from another manager.</summary>
/// <param name="Manager">Who owns it.</param>
/// <param name="Path">The field.</param>
internal sealed record ApplyConflict(OwnerId Manager, FieldPath Path)
{
    /// <summary>Conflicts that are told one by one: a hostile configuration must not make a huge answer.</summary>
    private const int Most = 256;

    /// <summary>The 409 of kube-apiserver, whose message kubectl prints and explains.</summary>
    public static ApiException Refusal(IReadOnlyList<ApplyConflict> conflicts) => ApiException.Failure(409, StatusReason.Conflict, Message(conflicts), new StatusDetails
    {
        Causes = [.. conflicts.Take(Most).Select(c => new StatusCause { Reason = "FieldManagerConflict", Message = $"conflict with {c.Manager}", Field = c.Path.ToString() })],
    });

    private static string Message(IReadOnlyList<ApplyConflict> conflicts)
    {
        if (conflicts.Count == 1) return $"Apply failed with 1 conflict: conflict with {conflicts[0].Manager}: {conflicts[0].Path}";
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"Apply failed with {conflicts.Count} conflicts: ");
        var separator = "";
        foreach (var manager in conflicts.Take(Most).GroupBy(c => c.Manager))
        {
            text.Append(CultureInfo.InvariantCulture, $"{separator}conflicts with {manager.Key}:");
            foreach (var conflict in manager) text.Append(CultureInfo.InvariantCulture, $"\n- {conflict.Path}");
            separator = "\n";
        }

        if (conflicts.Count > Most) text.Append(CultureInfo.InvariantCulture, $"\n- and {conflicts.Count - Most} more");
        return text.ToString();
    }
}
