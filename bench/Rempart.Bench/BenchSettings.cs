namespace Rempart.Bench;

/// <summary>What a bench is told.</summary>
/// <param name="Checkout">The repository's root, absolute.</param>
/// <param name="Rounds">How often each thing is measured.</param>
/// <param name="Time">The clock.</param>
/// <param name="Progress">Takes what it does now, for people.</param>
internal sealed record BenchSettings(string Checkout, int Rounds, TimeProvider Time, Action<string> Progress);
