namespace Rempart.Api.Networking;

/// <summary>A port or a range of ports.</summary>
public sealed record PortRange
{
    /// <summary>First port: 1 to 65535.</summary>
    public required int Port { get; init; }

    /// <summary>Last port; the first when unset.</summary>
    public int? EndPort { get; init; }
}
