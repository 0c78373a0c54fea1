namespace Rempart.Runtime.Controllers;

/// <summary>A controller: its declaration and how to make it.</summary>
/// <param name="Spec">What it reads and writes.</param>
/// <param name="Create">Makes the reconciler; called once, before any cache is filled.</param>
public sealed record ControllerRegistration(ControllerSpec Spec, Func<ControllerContext, IReconciler> Create);
