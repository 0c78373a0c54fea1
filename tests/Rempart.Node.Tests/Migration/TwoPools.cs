using Rempart.Node.Tests.Agent;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Migration;

/// <summary>Pools `local` and `fast` of a host, in memory.</summary>
internal sealed class TwoPools : IVolumePools
{
    private readonly Dictionary<string, FakeHost> _pools = new(StringComparer.Ordinal) { [PoolFolders.HomeName] = new(), ["fast"] = new() };

    public FakeHost this[string pool] => _pools[pool];

    public IVolumeDriver Of(string pool) => _pools[pool];

    public Task<IReadOnlyList<string>> HoldersAsync(string uid, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([.. _pools.Where(pool => pool.Value.Left.Contains($"volume {uid}")).Select(pool => pool.Key).Order(StringComparer.Ordinal)]);

    public async Task DeleteAsync(string uid, CancellationToken cancellationToken)
    {
        foreach (var pool in _pools.Values) await pool.DeleteAsync(uid, cancellationToken);
    }
}
