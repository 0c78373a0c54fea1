using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>How a guest boots: from a kernel that the template names, or by firmware from its root disk.</summary>
public sealed record TemplateBoot
{
    /// <summary><c>Direct</c>: kernel, initrd and command line come from the template. <c>Uefi</c>, the firmware boots the root disk, is kept for later and refused today.</summary>
    [OneOf("Direct")]
    public required string Firmware { get; init; }

    /// <summary>The kernel, for <c>Direct</c>.</summary>
    public TemplateDisk? Kernel { get; init; }

    /// <summary>The initial RAM disk, for <c>Direct</c>.</summary>
    public TemplateDisk? Initrd { get; init; }

    /// <summary>The kernel's command line, for <c>Direct</c>; at most 1024 characters.</summary>
    public string? CommandLine { get; init; }
}
