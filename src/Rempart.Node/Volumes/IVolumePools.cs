namespace Rempart.Node.Volumes;

/// <summary>The pools of this host. A volume is in one of them; in two while it goes from one to the other.</summary>
internal interface IVolumePools
{
    /// <summary>A pool by its name, made if this host has not got it yet.</summary>
    /// <exception cref="VolumeException">this host can't have it.</exception>
    IVolumeDriver Of(string pool);

    /// <summary>Names of the pools here that have a volume, in their order.</summary>
    Task<IReadOnlyList<string>> HoldersAsync(string uid, CancellationToken cancellationToken);

    /// <summary>Removes a volume from every pool here; one that is in none is no error.</summary>
    Task DeleteAsync(string uid, CancellationToken cancellationToken);
}
