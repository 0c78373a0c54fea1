namespace Rempart.Controllers.GarbageCollection;

/// <summary>What became of an owner.</summary>
internal enum OwnerState
{
    /// <summary>It is there.</summary>
    Present,

    /// <summary>It is being deleted and waits for its dependents to go first.</summary>
    WaitsForDependents,

    /// <summary>The API has said that it is gone.</summary>
    Absent,
}
