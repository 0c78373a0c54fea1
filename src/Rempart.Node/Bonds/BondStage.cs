namespace Rempart.Node.Bonds;

/// <summary>How far a change of bonds came.</summary>
internal enum BondStage
{
    /// <summary>It is being made, and is put back by whoever finds this.</summary>
    Changing,

    /// <summary>It was put back, and is not tried again.</summary>
    Failed,
}
