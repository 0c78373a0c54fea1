namespace Rempart.ApiServer.Flow;

/// <summary>How often something may happen.</summary>
/// <param name="PerSecond">In the long run.</param>
/// <param name="Burst">At once, after a pause.</param>
internal sealed record FlowRate(double PerSecond, int Burst);
