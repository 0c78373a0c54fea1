namespace Rempart.Clients.Tests.Histories;

/// <summary>What a client heard.</summary>
public enum Outcome
{
    /// <summary>It was done, or read.</summary>
    Done,

    /// <summary>There is no such object.</summary>
    Missing,

    /// <summary>There is one already.</summary>
    Exists,

    /// <summary>It is not the version that was meant.</summary>
    Conflict,

    /// <summary>Nothing, or nothing certain: it may have been done, or be done yet.</summary>
    Unknown,
}
