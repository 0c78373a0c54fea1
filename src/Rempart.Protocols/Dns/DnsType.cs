namespace Rempart.Protocols.Dns;

/// <summary>Record types that are looked at; others are just numbers.</summary>
public static class DnsType
{
    public const ushort Address = 1;
    public const ushort StartOfAuthority = 6;
    public const ushort Pointer = 12;
    public const ushort Extension = 41;

    /// <summary>From here to 254 (but 249, 250): questions about whole zones and for the server itself.</summary>
    public const ushort IncrementalTransfer = 251;

    public const ushort Transfer = 252;
    public const ushort Any = 255;

    /// <summary>Class of the Internet.</summary>
    public const ushort Internet = 1;
}
