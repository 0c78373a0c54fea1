namespace Rempart.Clients.Tests.Histories;

/// <summary>One operation on one object as its client saw it.</summary>
/// <param name="Kind">What was asked for.</param>
/// <param name="Key">The object.</param>
/// <param name="Called">When, on the one clock of all clients.</param>
/// <param name="Returned">When its outcome was known; <see cref="long.MaxValue"/> for <see cref="Histories.Outcome.Unknown"/>.</param>
/// <param name="Outcome">What was heard.</param>
public sealed record Operation(OperationKind Kind, string Key, long Called, long Returned, Outcome Outcome)
{
    /// <summary>What was written or read: each write has its own.</summary>
    public int Value { get; init; }

    /// <summary>The version that was written or read.</summary>
    public long Version { get; init; }

    /// <summary>The version that was to be there; 0 for any.</summary>
    public long Expected { get; init; }

    /// <summary>True when it was seen in a list.</summary>
    public bool Listed { get; init; }

    /// <summary>Who asked, for people.</summary>
    public string Client { get; init; } = "";

    public override string ToString() => $"{Called}-{(Returned == long.MaxValue ? "…" : Returned.ToString(System.Globalization.CultureInfo.InvariantCulture))} {Client} {Kind} {Key}{(Expected > 0 ? $" if {Expected}" : "")} → {Outcome} value {Value} version {Version}";
}
