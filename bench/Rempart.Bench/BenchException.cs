namespace Rempart.Bench;

/// <summary>A bench that can't be run here; the message is a sentence that says what to do.</summary>
internal sealed class BenchException(string message) : Exception(message);
