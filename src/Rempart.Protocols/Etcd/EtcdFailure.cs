namespace Rempart.Protocols.Etcd;

/// <summary>Why etcd did not do what was asked.</summary>
public enum EtcdFailure
{
    /// <summary>No member answered, or the one that did has no leader.</summary>
    Unavailable,

    /// <summary>The revision asked for was compacted.</summary>
    Compacted,

    /// <summary>The revision asked for was not issued yet.</summary>
    Future,

    /// <summary>The database has its largest allowed size, or an alarm says so. The transaction that reached it was done all the same, later ones are not.</summary>
    NoSpace,

    /// <summary>The request is larger than etcd takes: nothing was written.</summary>
    TooLarge,

    /// <summary>The answer is larger than was allowed.</summary>
    AnswerTooLarge,

    /// <summary>Who we are is unknown there, or may not do this.</summary>
    Refused,

    /// <summary>Anything else it said.</summary>
    Other,
}
