namespace Rempart.Runtime.Controllers;

/// <summary>
/// Brings one object nearer to what is wanted of it. Level-triggered: it looks at what is true now, and is not told what has
/// happened; called again it does nothing more; it may be stopped after any step and finishes the rest next time.
/// The same key is never reconciled twice at once. A thrown exception means "again, later" (exponential back-off), but for
/// <see cref="System.Diagnostics.UnreachableException"/>, a broken invariant, which ends the process.
/// </summary>
public interface IReconciler
{
    ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken);
}
