using System.Runtime.InteropServices;

namespace Rempart.Protocols.Dns;

/// <summary>What a query's EDNS record says (RFC 6891).</summary>
/// <param name="Version">0 is the only one.</param>
/// <param name="PayloadSize">bytes that the asker can take over UDP.</param>
/// <param name="DnssecOk">signatures are wanted.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct DnsExtension(byte Version, ushort PayloadSize, bool DnssecOk);
