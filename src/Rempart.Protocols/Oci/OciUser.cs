namespace Rempart.Protocols.Oci;

/// <summary>Ids inside the user namespace.</summary>
public sealed record OciUser(uint Uid, uint Gid);
