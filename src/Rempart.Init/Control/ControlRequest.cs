namespace Rempart.Init.Control;

/// <summary>One line of JSON to the control socket.</summary>
/// <param name="Verb">`status`, `stop`, `restart` or `reload`.</param>
/// <param name="Service">of `restart`.</param>
internal sealed record ControlRequest(string Verb, string? Service = null);
