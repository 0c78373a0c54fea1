namespace Rempart.Api.Versions;

/// <summary>Which versions work together: servers one minor version apart, agents of the servers' version or one behind. Kubernetes' policy, with one step for agents instead of three.</summary>
public static class VersionSkew
{
    /// <summary>Reason of the cause in a refusal.</summary>
    public const string Reason = "VersionSkew";

    /// <summary>Reason of the cause in a refusal for the sake of kinds that only a newer server knows.</summary>
    public const string NewerKinds = "NewerKinds";

    private const string Page = "docs/operations/upgrade.md";

    /// <summary>Why a server takes no word of an agent; null when it does.</summary>
    /// <param name="server">Version of the server.</param>
    /// <param name="agent">Version of the agent.</param>
    public static string? OfAgent(ProgramVersion server, ProgramVersion agent)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(agent);
        if (agent.IsNewerThan(server)) return $"this agent is version `{agent}` and the server `{server}`: an agent is never newer than its servers; upgrade all servers first, or start the agent's older version again ({Page})";
        return agent.StepsTo(server) <= 1 ? null : $"this agent is version `{agent}` and the server `{server}`: an agent is at most one minor version behind; install a newer one on this host, its machines run on meanwhile ({Page})";
    }

    /// <summary>Why a server does not start over a store that another one serves; null when it may.</summary>
    /// <param name="mine">Version of the one that starts.</param>
    /// <param name="name">Name of the other.</param>
    /// <param name="other">Version of the other.</param>
    public static string? OfServers(ProgramVersion mine, string name, ProgramVersion other)
    {
        ArgumentNullException.ThrowIfNull(mine);
        ArgumentNullException.ThrowIfNull(other);
        return mine.StepsTo(other) <= 1 ? null : $"this server is version `{mine}` and `{name}`, which serves the same store, `{other}`: servers are at most one minor version apart; upgrade by one minor version after the other ({Page})";
    }
}
