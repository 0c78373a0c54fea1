using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>Everything that a machine gets from its template and can't choose itself.</summary>
public sealed record MachineTemplateSpec
{
    /// <summary>The guest's operating system.</summary>
    public required GuestOs Os { get; init; }

    /// <summary>The root disk.</summary>
    public required TemplateDisk RootDisk { get; init; }

    /// <summary>How the guest boots.</summary>
    public required TemplateBoot Boot { get; init; }

    /// <summary>Names of the MachineClasses that machines may choose, at least one.</summary>
    [ListType]
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Devices besides disks, interfaces and the serial console.</summary>
    public TemplateDevices? Devices { get; init; }
}
