using Rempart.Api.Meta;

namespace Rempart.Api.Storage;

/// <summary>Where images may be fetched from beyond the public Internet, and whose certificates count there. There is one, <c>default</c>; without it nothing is allowed beyond.</summary>
[ApiKind("storage.rempart.dev", "v1", "imagesourcepolicies", ClusterScoped = true)]
[PrinterColumn("Allowed", ".spec.allowedRanges")]
public sealed record ImageSourcePolicy : ApiObject
{
    /// <summary>The name of the one that counts.</summary>
    public const string TheOne = "default";

    /// <summary>What is allowed.</summary>
    public required ImageSourcePolicySpec Spec { get; init; }
}
