namespace Rempart.Runtime.Controllers;

/// <summary>When an object is to be looked at again besides when something changes.</summary>
/// <param name="RequeueAfter">A delay, or null for not by itself.</param>
public readonly record struct ReconcileResult(TimeSpan? RequeueAfter)
{
    public static ReconcileResult Done => default;

    public static ReconcileResult After(TimeSpan delay) => new(delay);
}
