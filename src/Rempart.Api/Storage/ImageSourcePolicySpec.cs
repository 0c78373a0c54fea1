namespace Rempart.Api.Storage;

/// <summary>What an ImageSourcePolicy allows.</summary>
public sealed record ImageSourcePolicySpec
{
    /// <summary>Ranges such as <c>10.20.0.0/24</c> that images may be fetched from although they are private, link-local or the like (<see cref="GuardedRanges"/>).</summary>
    public IReadOnlyList<string>? AllowedRanges { get; init; }

    /// <summary>Certificate authorities that an image's source may name.</summary>
    public IReadOnlyList<ImageSourceAuthority>? CertificateAuthorities { get; init; }
}
