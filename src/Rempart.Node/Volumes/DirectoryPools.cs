namespace Rempart.Node.Volumes;

/// <summary>Pools as folders; all of them clone the images of this host.</summary>
internal sealed class DirectoryPools(PoolFolders folders, DirectoryImages images) : IVolumePools
{
    public IVolumeDriver Of(string pool) => new DirectoryVolumes(folders.Of(pool), images);

    public async Task<IReadOnlyList<string>> HoldersAsync(string uid, CancellationToken cancellationToken)
    {
        var holders = new List<string>();
        foreach (var name in folders.All.Keys.Order(StringComparer.Ordinal))
        {
            if (await Of(name).FindAsync(uid, cancellationToken) is not null) holders.Add(name);
        }
        return holders;
    }

    public async Task DeleteAsync(string uid, CancellationToken cancellationToken)
    {
        foreach (var name in folders.All.Keys.ToList()) await Of(name).DeleteAsync(uid, cancellationToken);
    }
}
