namespace Rempart.Node.Fetching;

/// <summary>A token that is got when a server asks for one, and again when it has lapsed.</summary>
internal interface IBearer
{
    /// <summary>The token; null as long as nobody has asked for one.</summary>
    string? Token { get; }

    /// <summary>Gets another one. False when the answer does not say where, or too many were got.</summary>
    /// <param name="refusal">an answer of status 401.</param>
    /// <param name="cancellationToken">ends it.</param>
    /// <exception cref="Volumes.VolumeException">who gives tokens away can't be reached, or gives none.</exception>
    Task<bool> RenewAsync(CurlAnswer refusal, CancellationToken cancellationToken);
}
