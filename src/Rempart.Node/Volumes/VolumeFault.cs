namespace Rempart.Node.Volumes;

/// <summary>Why storage refused; the name is a condition's reason.</summary>
internal enum VolumeFault
{
    /// <summary>The bytes are not those of the digest.</summary>
    DigestMismatch,

    /// <summary>More bytes, or a larger disk, than is allowed.</summary>
    TooLarge,

    /// <summary>The pool has no room.</summary>
    NoSpace,

    /// <summary>Too much of it goes on already; trying again later helps.</summary>
    Busy,

    /// <summary>The image or what was asked for is not acceptable, and trying again won't help.</summary>
    Refused,

    /// <summary>What is asked for is not there.</summary>
    NotFound,

    /// <summary>Something still needs it.</summary>
    InUse,

    /// <summary>It is there already, and different.</summary>
    Conflict,

    /// <summary>A tool failed or took too long; trying again may help.</summary>
    Failed,

    /// <summary>The source of an image leads to an address that nobody allowed.</summary>
    EgressDenied,

    /// <summary>The source of an image wants to know who asks, and says no.</summary>
    AccessDenied,

    /// <summary>The source of an image can't prove that it is what its name says.</summary>
    NotTrusted,

    /// <summary>The source of an image can't be reached, or broke off; trying again may help.</summary>
    Unreachable,
}
