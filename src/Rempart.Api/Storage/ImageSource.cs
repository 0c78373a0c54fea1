namespace Rempart.Api.Storage;

/// <summary>Where a node gets the bytes of an image from. They must have the image's digest whatever the source says.</summary>
public sealed record ImageSource
{
    /// <summary><c>https://HOST/PATH</c>, or <c>oci://REGISTRY/REPOSITORY@sha256:DIGEST</c> (<c>docker://</c> means the same) of an artifact in a container registry, by the digest of its manifest or index.</summary>
    public required string Url { get; init; }

    /// <summary>Name of a certificate authority in the ImageSourcePolicy <c>default</c>, which then counts instead of the host's own.</summary>
    public string? CertificateAuthority { get; init; }
}
