namespace Rempart.ApiServer.Secrets;

/// <summary>What a key file holds.</summary>
internal sealed record KeyFileDocument
{
    /// <summary>Id of the key that seals.</summary>
    public required string Active { get; init; }

    public required IReadOnlyList<StoredKey> Keys { get; init; }
}
