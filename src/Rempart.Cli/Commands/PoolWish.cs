using System.Text.Json.Nodes;

namespace Rempart.Cli.Commands;

/// <summary>What the values of <c>--pool</c> mean for the volumes of a machine.</summary>
internal static class PoolWish
{
    /// <summary>The list for a MachineMigration's <c>spec.volumes</c>.</summary>
    /// <param name="machine">Name of the machine.</param>
    /// <param name="values"><c>POOL</c> for all volumes, or <c>VOLUME=POOL</c> for one, which comes first.</param>
    /// <param name="places">The machine's volumes and the pools that they are in.</param>
    /// <param name="leaves">Whether the machine moves to another host, where even the same pool is another one.</param>
    /// <exception cref="CliException">It means nothing.</exception>
    public static JsonArray Volumes(string machine, IReadOnlyList<string> values, IReadOnlyDictionary<string, string?> places, bool leaves)
    {
        var wanted = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var value in values.Where(value => value.Contains('=', StringComparison.Ordinal)))
        {
            var (name, pool) = (value[..value.IndexOf('=', StringComparison.Ordinal)], value[(value.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            if (name.Length == 0 || pool.Length == 0) throw new CliException($"`--pool {value}`: write `VOLUME=POOL`, or `POOL` for all volumes of the machine", ExitCode.Usage);
            if (!places.ContainsKey(name)) throw new CliException($"machine `{machine}` has no volume `{name}`; it has `{string.Join("`, `", places.Keys.Order(StringComparer.Ordinal))}`", ExitCode.NotFound);
            if (!wanted.TryAdd(name, pool)) throw new CliException($"`--pool` names volume `{name}` twice", ExitCode.Usage);
        }

        var all = values.Where(value => !value.Contains('=', StringComparison.Ordinal)).ToList();
        if (all.Count > 1) throw new CliException($"all volumes can't go to `{all[0]}` and to `{all[1]}`: name them, as in `--pool {machine}-root={all[0]}`", ExitCode.Usage);
        if (all is [var every])
        {
            foreach (var place in places.Where(place => leaves || place.Value != every)) wanted.TryAdd(place.Key, every);
            if (wanted.Count == 0) throw new CliException(places.Count == 0 ? $"machine `{machine}` has no volumes yet" : $"all volumes of machine `{machine}` are in pool `{every}` already");
        }

        return [.. wanted.OrderBy(volume => volume.Key, StringComparer.Ordinal).Select(volume => (JsonNode)new JsonObject { ["name"] = volume.Key, ["pool"] = volume.Value })];
    }
}
