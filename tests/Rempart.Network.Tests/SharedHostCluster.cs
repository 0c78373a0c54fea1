namespace Rempart.Network.Tests;

/// <summary>Three hosts for stories that leave them as they were.</summary>
public sealed class SharedHostCluster : IAsyncLifetime
{
    internal HostCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Cluster = await HostCluster.StartAsync(3);

    public async ValueTask DisposeAsync() => await Cluster.DisposeAsync();
}
