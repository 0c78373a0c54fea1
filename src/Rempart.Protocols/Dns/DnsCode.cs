namespace Rempart.Protocols.Dns;

/// <summary>How a query ended (RFC 1035 section 4.1.1, RFC 6891 section 6.1.3).</summary>
public enum DnsCode
{
    NoError = 0,
    FormatError = 1,
    ServerFailure = 2,

    /// <summary>The name does not exist.</summary>
    NoName = 3,

    NotImplemented = 4,
    Refused = 5,

    /// <summary>An EDNS version that is not known. It needs EDNS: the upper bits are in its record.</summary>
    BadVersion = 16,
}
