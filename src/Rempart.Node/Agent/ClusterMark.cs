namespace Rempart.Node.Agent;

/// <summary>
/// What the node remembers of the cluster that it joined, by which it knows whether a cluster that knows none of its machines is to be
/// believed. A store that was emptied has no Node of the same uid; one that was put back from a backup has an older revision. Neither
/// must end machines that people still want. A doubt stays until the node joins anew, since the revision grows past the old one.
/// </summary>
/// <param name="NodeUid">uid of the node's own object.</param>
/// <param name="Revision">the newest revision of the store seen, 0 when none was told.</param>
/// <param name="Doubt">why the cluster is not believed; null when it is.</param>
internal sealed record ClusterMark(string NodeUid, long Revision, string? Doubt)
{
    /// <summary>What is remembered after a look at the cluster; pure.</summary>
    /// <param name="old">what was remembered; null before the first look.</param>
    /// <param name="nodeUid">uid of the node's object now.</param>
    /// <param name="revision">the store's revision now, null when it can't be told.</param>
    public static ClusterMark Next(ClusterMark? old, string nodeUid, long? revision)
    {
        if (old is null) return new ClusterMark(nodeUid, revision ?? 0, null);
        var doubt = old.Doubt;
        if (old.NodeUid != nodeUid) doubt ??= $"the cluster's store is another one: this node joined as `{old.NodeUid}` and is `{nodeUid}` in it";
        if (revision < old.Revision) doubt ??= $"the cluster's store went back from revision {old.Revision} to {revision}";
        return old with { Doubt = doubt, Revision = Math.Max(old.Revision, revision ?? 0) };
    }
}
