namespace Rempart.Api.Compute;

/// <summary>A volume or an interface that belongs to a machine.</summary>
public sealed record MachineAttachment
{
    /// <summary>Name inside the machine; <c>root</c> for the root volume.</summary>
    public required string Name { get; init; }

    /// <summary>Name of the Volume or NetworkInterface in the same project.</summary>
    public required string ObjectName { get; init; }
}
