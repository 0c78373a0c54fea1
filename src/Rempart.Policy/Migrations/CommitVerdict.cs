namespace Rempart.Policy.Migrations;

/// <summary>The answer to a request to commit a move.</summary>
/// <param name="Step">What is to be done.</param>
/// <param name="Why">Why not, for people; empty when it is done.</param>
public sealed record CommitVerdict(CommitStep Step, string Why);
