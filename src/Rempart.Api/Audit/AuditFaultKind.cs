namespace Rempart.Api.Audit;

/// <summary>What is wrong with a trail.</summary>
public enum AuditFaultKind
{
    /// <summary>The line is not what was written: its own hash is wrong, or it is no record at all.</summary>
    Edited,

    /// <summary>A record that should be here is not: it was removed or moved away.</summary>
    Missing,

    /// <summary>A record that was here already, or belongs earlier, comes again.</summary>
    Repeated,

    /// <summary>The record is whole but follows another one than the one before it: that, or this and all behind it, was replaced.</summary>
    Unlinked,

    /// <summary>The chain is whole but not the one that a checkpoint was made of: it was computed anew.</summary>
    Rewritten,

    /// <summary>The trail ends before a checkpoint says it did.</summary>
    Cut,

    /// <summary>A checkpoint's signature is wrong.</summary>
    ForgedCheckpoint,
}
