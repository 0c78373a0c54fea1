namespace Rempart.Api.Storage;

/// <summary>Bytes of an image that is ready on their way to a further node.</summary>
public sealed record ImageCopy
{
    /// <summary>The node. It may have all of them by now.</summary>
    public required string Node { get; init; }

    /// <summary>Server that sends them: when it has died, the node is asked to delete what it may have.</summary>
    public required string Server { get; init; }
}
