namespace Rempart.Node.Fetching;

/// <summary>A file to be got by https.</summary>
/// <param name="Url">where it is.</param>
/// <param name="SourcePort">the port that the image's source names: beside 443 the only one that may be connected to, whatever a redirect says.</param>
internal sealed record Download(Uri Url, int SourcePort)
{
    /// <summary>Longest file that is taken, in bytes.</summary>
    public required long Most { get; init; }

    /// <summary>What it is asked for with, if the server wants that.</summary>
    public IBearer? Bearer { get; init; }
}
