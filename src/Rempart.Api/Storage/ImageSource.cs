namespace Rempart.Api.Storage;

/// <summary>Where a node gets the bytes of an image from. They must have the image's digest whatever the source says.</summary>
public sealed record ImageSource
{
    /// <summary><c>https://HOST/PATH</c>.</summary>
    public required string Url { get; init; }

    /// <summary>Name of a certificate authority in the ImageSourcePolicy <c>default</c>, which then counts instead of the host's own.</summary>
    public string? CertificateAuthority { get; init; }
}
