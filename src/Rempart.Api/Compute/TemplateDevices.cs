namespace Rempart.Api.Compute;

/// <summary>Devices that are off unless the template says so.</summary>
public sealed record TemplateDevices
{
    /// <summary>A source of random numbers from the host (virtio-rng); default true.</summary>
    public bool? Rng { get; init; }

    /// <summary>A memory balloon; default false.</summary>
    public bool? Balloon { get; init; }

    /// <summary>Most extra volumes a machine may have: 0 to 8, default 8.</summary>
    public int? MaxVolumes { get; init; }

    /// <summary>Most network interfaces a machine may have: 0 to 8, default 8.</summary>
    public int? MaxNetworkInterfaces { get; init; }
}
