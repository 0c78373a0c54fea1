using Rempart.Api.Audit;

namespace Rempart.Cli.Commands;

/// <summary>Somebody who keeps checkpoints of a trail, and the walk along it with theirs.</summary>
/// <param name="name">As messages name it.</param>
/// <param name="verifier">The walk.</param>
internal sealed class AuditKeeper(string name, AuditVerifier verifier)
{
    /// <summary>As messages name it.</summary>
    public string Name => name;

    /// <summary>The walk.</summary>
    public AuditVerifier Verifier => verifier;

    /// <summary>Where the walk ended: the line that shows the fault, or the last one so far; null before the first.</summary>
    public string? Place { get; private set; }

    /// <summary>
    /// Shows a line to all. Each walks on until it has a fault of its own: one that stopped at another's would take the rest for cut off.
    /// </summary>
    /// <param name="keepers">All.</param>
    /// <param name="line">The line.</param>
    /// <param name="file">Name of its file, for people.</param>
    /// <param name="number">Its number there, from 1.</param>
    /// <returns>False when none has to see more.</returns>
    public static bool Show(IReadOnlyList<AuditKeeper> keepers, ReadOnlySpan<byte> line, string file, int number)
    {
        var more = false;
        foreach (var keeper in keepers)
        {
            if (keeper.Verifier.Fault is null) keeper.Place = $"line {number} of `{file}`";
            more |= keeper.Verifier.Add(line);
        }

        return more;
    }
}
