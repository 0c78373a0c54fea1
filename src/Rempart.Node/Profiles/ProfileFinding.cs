namespace Rempart.Node.Profiles;

/// <summary>In what this host differs from its profile.</summary>
/// <param name="Reason">one word.</param>
/// <param name="Message">what, and what to do: a sentence.</param>
internal sealed record ProfileFinding(string Reason, string Message)
{
    internal const string BondDiffers = "BondDiffers";
    internal const string BondsFailed = "BondsFailed";
    internal const string BondsRolledBack = "BondsRolledBack";
    internal const string BondsWait = "BondsWait";
    internal const string PoolNotReady = "PoolNotReady";
    internal const string ProviderNotReady = "ProviderNotReady";
    internal const string PlaneMissing = "PlaneMissing";
    internal const string PlaneDiffers = "PlaneDiffers";
    internal const string PlaneOutsidePrefix = "PlaneOutsidePrefix";
}
