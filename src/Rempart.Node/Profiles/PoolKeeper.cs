using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Linux;
using Rempart.Node.Volumes;

namespace Rempart.Node.Profiles;

/// <summary>Gives pools the folders that the profile says, and tells what room they have.</summary>
/// <param name="folders">decides where pools are.</param>
internal sealed class PoolKeeper(PoolFolders folders)
{
    private Dictionary<string, HostPool> _told = new(StringComparer.Ordinal);

    /// <summary>One look. Pools that the profile does not name any more stay where they are: their volumes do. Those that it does not name are told of as well, and nothing is done about them.</summary>
    internal (IReadOnlyList<HostPool> Pools, IReadOnlyList<ProfileFinding> Findings) Keep(IReadOnlyList<ProfilePool> wanted)
    {
        var told = new Dictionary<string, HostPool>(StringComparer.Ordinal);
        var findings = new List<ProfileFinding>();
        foreach (var pool in wanted.OrderBy(pool => pool.Name, StringComparer.Ordinal))
        {
            var known = new HostPool { Name = pool.Name, Path = pool.Path };
            if (Place(pool) is { } problem)
            {
                findings.Add(new(ProfileFinding.PoolNotReady, $"pool `{pool.Name}`: {problem}"));
                told[pool.Name] = known with { Ready = false, Message = problem };
            }
            else
            {
                told[pool.Name] = Measured(known with { Ready = true }, _told.GetValueOrDefault(pool.Name), () => FileSystemSpace.Of(pool.Path));
            }
        }

        foreach (var (name, folder) in folders.All.Where(pool => !told.ContainsKey(pool.Key)).OrderBy(pool => pool.Key, StringComparer.Ordinal).Take(HostStatus.MostParts - told.Count).ToList())
            told[name] = Measured(new HostPool { Name = name, Path = folders.PlaceOf(name), Ready = true }, _told.GetValueOrDefault(name), folder.Space);

        _told = told;
        return ([.. told.Values.OrderBy(pool => pool.Name, StringComparer.Ordinal)], findings);
    }

    private string? Place(ProfilePool pool)
    {
        try
        {
            if (PoolPlace.Problem(pool.Path, folders.PlaceOf(pool.Name) == pool.Path) is { } problem) return problem;
            folders.Place(pool.Name, pool.Path);
            folders.Of(pool.Name);
            return null;
        }
        catch (Exception failure) when (failure is VolumeException or LinuxException or IOException or UnauthorizedAccessException)
        {
            return failure.Message;
        }
    }

    // Told anew when it has moved by a hundredth of the whole: each telling is a write.
    private static HostPool Measured(HostPool pool, HostPool? before, Func<FileSystemSpace> measure)
    {
        try
        {
            var space = measure();
            if (before is { Available: { } available } && before.Path == pool.Path && before.Capacity?.Value == space.Total && Math.Abs(available.Value - space.Available) * 100 < space.Total)
                return pool with { Capacity = before.Capacity, Available = before.Available };
            return pool with { Capacity = Quantity.FromBytes(space.Total), Available = Quantity.FromBytes(space.Available) };
        }
        catch (LinuxException)
        {
            return pool;
        }
    }
}
