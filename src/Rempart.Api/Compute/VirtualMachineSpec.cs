using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>What is wanted of a machine. Firmware, kernel, root disk and devices come from its template alone.</summary>
public sealed record VirtualMachineSpec
{
    /// <summary>Name of the MachineTemplate, which must be approved. Can't be changed.</summary>
    public required string Template { get; init; }

    /// <summary>Name of the MachineClass: one of those that the template allows.</summary>
    public required string Class { get; init; }

    /// <summary><c>Running</c> (default) or <c>Stopped</c>.</summary>
    [OneOf("Running", "Stopped")]
    public string? PowerState { get; init; }

    /// <summary>What happens when the guest ends by itself: <c>Always</c> (default), <c>OnFailure</c> or <c>Never</c>.</summary>
    [OneOf("Always", "OnFailure", "Never")]
    public string? RestartPolicy { get; init; }

    /// <summary>Host name inside the guest; the machine's name when unset. A DNS label.</summary>
    public string? Hostname { get; init; }

    /// <summary>SSH public keys for the guest's default user, at most 16, in OpenSSH's one-line format.</summary>
    [ListType]
    public IReadOnlyList<string>? SshAuthorizedKeys { get; init; }

    /// <summary>cloud-init user data, at most 64 KiB. Readable by whoever can read the machine: no secrets here.</summary>
    public string? UserData { get; init; }

    /// <summary>Size of the root volume; the image's own size when unset. Never smaller than the image.</summary>
    public Quantity? RootVolumeSize { get; init; }

    /// <summary>Further blank volumes, at most 8.</summary>
    [ListPatch("name")]
    public IReadOnlyList<MachineVolume>? Volumes { get; init; }

    /// <summary>Network interfaces, at most 8; one on the project's <c>default</c> network when unset.</summary>
    [ListPatch("name")]
    public IReadOnlyList<MachineInterface>? NetworkInterfaces { get; init; }

    /// <summary>Seconds that the guest has to shut down before it is stopped by force: 0 to 3600, default 90.</summary>
    public int? StopGracePeriodSeconds { get; init; }

    /// <summary>Labels that the node must have.</summary>
    [Atomic]
    public IReadOnlyDictionary<string, string>? NodeSelector { get; init; }

    /// <summary>Which machines of the project are placed first when several wait for a host: higher ones; -1000 to 1000, default 0. Other projects' machines don't wait longer for it, and none is stopped to make room.</summary>
    public int? Priority { get; init; }
}
