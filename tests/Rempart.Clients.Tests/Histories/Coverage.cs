namespace Rempart.Clients.Tests.Histories;

/// <summary>What a history must hold to say anything: one of failures alone fits every order.</summary>
internal static class Coverage
{
    /// <summary>What there is none of.</summary>
    /// <param name="history">All that was written and read.</param>
    /// <param name="lists">All lists.</param>
    public static IEnumerable<string> Missing(IReadOnlyCollection<Operation> history, IReadOnlyCollection<ListSeen> lists)
    {
        foreach (var kind in Enum.GetValues<OperationKind>())
        {
            if (!history.Any(operation => operation is { Outcome: Outcome.Done, Listed: false } && operation.Kind == kind)) yield return $"{kind} that was acknowledged";
        }

        if (!lists.Any(list => list.Items.Count > 0)) yield return "list with anything in it";
    }
}
