namespace Rempart.Node.Agent;

/// <summary>Where the agent keeps its things and whom it works for.</summary>
/// <param name="DataFolder">absolute; the agent's own, passable by everyone (0711), its secrets 0600.</param>
/// <param name="Server">the API server, `https://…`.</param>
/// <param name="Node">name of the node: a DNS subdomain in lower case.</param>
internal sealed record AgentSettings(string DataFolder, Uri Server, string Node)
{
    /// <summary>Further API servers of the cluster, asked when the first does not answer.</summary>
    public IReadOnlyList<Uri> Alternates { get; init; } = [];

    /// <summary>The cluster's CA certificates; put there by whoever joins the node.</summary>
    public string AuthorityFile => Path.Combine(DataFolder, "ca.crt");

    /// <summary>One-time token; deleted once it has served.</summary>
    public string TokenFile => Path.Combine(DataFolder, "bootstrap-token");

    /// <summary>Certificate and key in one file, so that they can't be of two generations.</summary>
    public string IdentityFile => Path.Combine(DataFolder, "node.pem");

    /// <summary>What the node remembers of the cluster that it joined.</summary>
    public string ClusterFile => Path.Combine(DataFolder, "cluster.json");

    /// <summary>What the node keeps of the server's audit trail.</summary>
    public string WitnessFolder => Path.Combine(DataFolder, "audit");

    /// <summary>How this host should be set up, as it was told last.</summary>
    public string ProfileFile => Path.Combine(DataFolder, "profile.json");

    /// <summary>Notes of a change of bonds.</summary>
    public string BondsFile => Path.Combine(DataFolder, "bonds.json");

    public string NotesFolder => Path.Combine(DataFolder, "machines");

    public string MovesFolder => Path.Combine(DataFolder, "moves");

    /// <summary>What the names of nodes begin with as users.</summary>
    public const string UserPrefix = "system:node:";

    public string UserName => UserPrefix + Node;
}
