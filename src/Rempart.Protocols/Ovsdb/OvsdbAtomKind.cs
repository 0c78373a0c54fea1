namespace Rempart.Protocols.Ovsdb;

/// <summary>The atomic types of RFC 7047 section 3.2, and the name that stands for a row inserted in the same transaction.</summary>
public enum OvsdbAtomKind
{
    Text,
    Number,
    Real,
    Boolean,
    Uuid,

    /// <summary>Only in requests: the `uuid-name` of an insert operation of the same transaction.</summary>
    NamedUuid,
}
