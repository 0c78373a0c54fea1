namespace Rempart.Policy.Migrations;

/// <summary>What becomes of a request to commit a move.</summary>
public enum CommitStep
{
    /// <summary>The machine is to be bound to the target.</summary>
    Commit,

    /// <summary>It was done before: an answer was lost.</summary>
    Done,

    /// <summary>The caller may not ask for it.</summary>
    Forbidden,

    /// <summary>It can't be done, now or ever: the move has failed for the target.</summary>
    Conflict,
}
