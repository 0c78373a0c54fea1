using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Volumes;

/// <summary>A host with one pool.</summary>
internal sealed class OnePool(IVolumeDriver driver) : IVolumePools
{
    public IVolumeDriver Of(string pool) => driver;

    public async Task<IReadOnlyList<string>> HoldersAsync(string uid, CancellationToken cancellationToken) => await driver.FindAsync(uid, cancellationToken) is null ? [] : [PoolFolders.HomeName];

    public Task DeleteAsync(string uid, CancellationToken cancellationToken) => driver.DeleteAsync(uid, cancellationToken);
}
