namespace Rempart.Node.Volumes;

/// <summary>What a guest's first boot is told (cloud-init's NoCloud datasource).</summary>
internal sealed record Seed
{
    /// <summary>The machine's uid: cloud-init does its once-per-instance work when it changes.</summary>
    public required string InstanceId { get; init; }

    public required string Hostname { get; init; }

    /// <summary>For the image's default user; one line each.</summary>
    public IReadOnlyList<string> SshAuthorizedKeys { get; init; } = [];

    /// <summary>At most 64 KiB, as the user wrote it; nothing when null.</summary>
    public string? UserData { get; init; }

    /// <summary>MAC addresses of the interfaces, in the guest's order; each is configured by DHCP.</summary>
    public IReadOnlyList<string> Macs { get; init; } = [];
}
