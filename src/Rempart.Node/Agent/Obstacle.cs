namespace Rempart.Node.Agent;

/// <summary>Why a machine can't be started now.</summary>
/// <param name="Reason">One CamelCase word.</param>
/// <param name="Message">A sentence.</param>
/// <param name="Final">True when something failed; false when something is awaited.</param>
internal sealed record Obstacle(string Reason, string Message, bool Final);
