namespace Rempart.ApiServer.Secrets;

/// <summary>One key of a key file.</summary>
internal sealed record StoredKey
{
    public required string Id { get; init; }

    /// <summary>32 bytes in hexadecimal.</summary>
    public required string Key { get; init; }

    /// <summary>Never the key.</summary>
    public override string ToString() => $"StoredKey {Id}";
}
