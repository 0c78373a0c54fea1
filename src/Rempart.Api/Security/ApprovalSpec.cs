namespace Rempart.Api.Security;

/// <summary>What was approved, and by whom.</summary>
public sealed record ApprovalSpec
{
    /// <summary>Name of the MachineTemplate.</summary>
    public required string Template { get; init; }

    /// <summary>UID of the MachineTemplate.</summary>
    public required string TemplateUid { get; init; }

    /// <summary>The template's <c>status.digest</c> at the time: SHA-256 of its canonical spec, image and kernel digests included.</summary>
    public required string Digest { get; init; }

    /// <summary>The template's <c>metadata.generation</c> at the time, set by the server: each later write of the spec, even one that puts it back, asks for a new approval.</summary>
    public long? TemplateGeneration { get; init; }

    /// <summary>Who approved; set by the server from the authenticated person.</summary>
    public string? Approver { get; init; }

    /// <summary>Signature of the cluster's approval key over template, UID, digest, generation and approver, in base64; set by the server.</summary>
    public string? Signature { get; init; }

    /// <summary>A remark of the approver, at most 1024 characters.</summary>
    public string? Comment { get; init; }
}
