namespace Rempart.Init.Services;

/// <summary>How a service shows that it is ready; exactly one of the first three is set.</summary>
internal sealed record ReadySpec
{
    /// <summary>A Unix socket that accepts a connection.</summary>
    public string? UnixSocket { get; init; }

    /// <summary>A file that exists.</summary>
    public string? File { get; init; }

    /// <summary>A URL that answers 200.</summary>
    public Uri? Https { get; init; }

    /// <summary>PEM file of the authority that <see cref="Https"/> must be certified by.</summary>
    public string? Ca { get; init; }

    /// <summary>Seconds between start and ready before the service counts as failed and is started anew; default 120.</summary>
    public int WithinSeconds { get; set; } = 120;
}
