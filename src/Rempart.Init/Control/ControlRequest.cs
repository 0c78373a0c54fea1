namespace Rempart.Init.Control;

/// <summary>One line of JSON to the control socket.</summary>
/// <param name="Verb">`status`, `stop`, `restart`, `reload` or `leave`.</param>
/// <param name="Service">of `restart`, and of a `stop` that means one service.</param>
internal sealed record ControlRequest(string Verb, string? Service = null);
