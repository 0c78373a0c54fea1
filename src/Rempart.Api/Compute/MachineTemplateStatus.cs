using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>Authors, digest and approval of a template.</summary>
public sealed record MachineTemplateStatus
{
    /// <summary>SHA-256 of the canonical spec. Written by the server with each change of the spec.</summary>
    public string? Digest { get; init; }

    /// <summary>Everyone who ever wrote the spec. Written by the server, never shortened.</summary>
    public IReadOnlyList<string>? Authors { get; init; }

    /// <summary><c>Approved</c> and <c>ImagesReady</c>. Written by the template controller.</summary>
    [ListPatch("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
