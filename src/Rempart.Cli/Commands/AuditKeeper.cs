using Rempart.Api.Audit;

namespace Rempart.Cli.Commands;

/// <summary>Somebody who keeps checkpoints of a trail, and the walk along it with theirs.</summary>
/// <param name="Name">As messages name it.</param>
/// <param name="Verifier">The walk.</param>
internal sealed record AuditKeeper(string Name, AuditVerifier Verifier)
{
    /// <summary>
    /// Shows a line to all. Each walks on until it has a fault of its own: one that stopped at another's would take the rest for cut off.
    /// </summary>
    /// <returns>False when none has to see more.</returns>
    public static bool Show(IReadOnlyList<AuditKeeper> keepers, ReadOnlySpan<byte> line)
    {
        var more = false;
        foreach (var keeper in keepers) more |= keeper.Verifier.Add(line);
        return more;
    }
}
