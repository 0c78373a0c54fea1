using Rempart.Api.Client;
using Rempart.Api.Storage;
using Rempart.Node.Volumes;

namespace Rempart.Node.Agent;

/// <summary>Which pool of this host a volume is in, or is to be made in.</summary>
internal sealed class VolumePlacing(ApiClient client, IVolumePools pools, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private Known? _known;

    /// <summary>
    /// Where the data are comes first, whatever is said: an answer of the API may be older than a move that has ended, and a second, empty volume must not be made
    /// in its old place. INVARIANT: the volume's machine is in no move, whose notes would know better.
    /// </summary>
    /// <exception cref="NotReadyException">there is no such pool, or the volume is in two and neither is said.</exception>
    public async Task<string> FindAsync(Volume volume, CancellationToken cancellationToken)
    {
        var holders = await pools.HoldersAsync(volume.Metadata.Uid!, cancellationToken);
        if (Decide(volume.Status?.NodeName is null ? null : volume.Status.Pool ?? PoolFolders.HomeName, holders) is { } pool) return pool;
        if (holders.Count > 0) throw new NotReadyException("VolumeTwice", $"volume `{volume.Metadata.Name}` is in the pools `{string.Join("` and `", holders)}` of this host, and its status names neither: look which one has the data and remove the other");
        return await NewAsync(volume, cancellationToken);
    }

    /// <summary>The pool; null when it is in none, or in several of which none is said.</summary>
    /// <param name="said">By the API; null when the volume is not on a host.</param>
    /// <param name="holders">The pools here that have it.</param>
    internal static string? Decide(string? said, IReadOnlyList<string> holders) => holders switch
    {
        [] => said,
        [var only] => only,
        _ => holders.Contains(said) ? said : null,
    };

    private async Task<string> NewAsync(Volume volume, CancellationToken cancellationToken)
    {
        var known = await KnownAsync(volume.Spec.Pool, cancellationToken);
        if (volume.Spec.Pool is not { } asked) return known.Usual;
        return known.Names.Contains(asked) ? asked : throw new NotReadyException("PoolUnknown", $"volume `{volume.Metadata.Name}` is to be in storagepool `{asked}`, which does not exist");
    }

    // Pools are made rarely and volumes often.
    private async Task<Known> KnownAsync(string? wanted, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (_known is { } known && now - known.At < Fresh && (wanted is null || known.Names.Contains(wanted))) return known;
        var all = (await client.ListAllAsync<StoragePool>(ListQuery.All, cancellationToken)).Items;
        var usual = all.Where(pool => pool.Spec.Default == true).Select(pool => pool.Metadata.Name!).Order(StringComparer.Ordinal).FirstOrDefault() ?? PoolFolders.HomeName;
        return _known = new Known(now, usual, all.Select(pool => pool.Metadata.Name!).ToHashSet(StringComparer.Ordinal));
    }

    private sealed record Known(DateTimeOffset At, string Usual, IReadOnlySet<string> Names);
}
