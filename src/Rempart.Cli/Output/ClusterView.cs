using System.Globalization;
using System.Text.Json.Nodes;
using Rempart.Api.Versions;

namespace Rempart.Cli.Output;

/// <summary>What <c>rempart status</c> looks at.</summary>
internal sealed record ClusterView
{
    /// <summary>Answer of <c>/version</c>.</summary>
    public required JsonObject Version { get; init; }

    /// <summary>Each server of the kubeconfig, with what it says of itself: <c>ready</c>, or what is wrong.</summary>
    public required IReadOnlyList<(string Server, string State)> Servers { get; init; }

    /// <summary>The leases of the servers over the store, each with its version; empty when they may not be read, or there is one server alone.</summary>
    public IReadOnlyList<JsonObject> ServerLeases { get; init; } = [];

    /// <summary>The lease of whoever runs the controllers; null when there is none, or it may not be read.</summary>
    public JsonObject? Leader { get; init; }

    /// <summary>Whether that lease may not be read.</summary>
    public bool LeaderHidden { get; init; }

    public required IReadOnlyList<JsonObject> Nodes { get; init; }

    /// <summary>What the hosts of the nodes are made of; empty when it may not be read.</summary>
    public IReadOnlyList<JsonObject> Hosts { get; init; } = [];

    public required IReadOnlyList<JsonObject> Machines { get; init; }

    /// <summary>Moves of machines; empty when they may not be read.</summary>
    public IReadOnlyList<JsonObject> Moves { get; init; } = [];

    /// <summary>Hosts in maintenance; empty when they may not be read.</summary>
    public IReadOnlyList<JsonObject> Maintenances { get; init; } = [];

    public required IReadOnlyList<JsonObject> Templates { get; init; }

    /// <summary>Now, for what lapses.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Version of the server that answered, without what it is compatible with.</summary>
    public string ServerVersion => Version["gitVersion"]?.ToString() is { } text && text.LastIndexOf("rempart.", StringComparison.Ordinal) is var at and >= 0 ? text[(at + "rempart.".Length)..] : "?";

    /// <summary>Servers that serve the store, by name, and what they run.</summary>
    public IReadOnlyList<(string Server, ProgramVersion Version)> RunningServers =>
    [
        .. ServerLeases.Where(lease => Lapses(lease["spec"]) is { } lapses && lapses > Now)
            .Select(lease => (Server: lease["spec"]!["holderIdentity"]?.ToString() ?? "?", Version: ProgramVersion.TryParse(lease["metadata"]?["labels"]?["rempart.dev/server"]?.ToString(), out var version) ? version : null))
            .Where(server => server.Version is not null).Select(server => (server.Server, server.Version!)).OrderBy(server => server.Server, StringComparer.Ordinal),
    ];

    /// <summary>Who runs the controllers; null when nobody does.</summary>
    public string? Leading
    {
        get
        {
            var spec = Leader?["spec"];
            if (spec?["holderIdentity"]?.ToString() is not { Length: > 0 } holder || Lapses(spec) is not { } lapses) return null;
            // Clocks of servers and of this host may differ by a minute.
            if (lapses + TimeSpan.FromMinutes(1) < Now) return null;
            return holder.LastIndexOf('_') is var end and > 0 ? holder[..end] : holder;
        }
    }

    private static DateTimeOffset? Lapses(JsonNode? spec) => spec?["renewTime"]?.ToString() is not { } renewed ? null
        : DateTimeOffset.Parse(renewed, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal) + TimeSpan.FromSeconds(spec["leaseDurationSeconds"]?.GetValue<int>() ?? 0);

    /// <summary>The host of a node.</summary>
    public JsonObject? HostOf(JsonObject node) => Hosts.FirstOrDefault(host => host["metadata"]?["name"]?.ToString() == node["metadata"]?["name"]?.ToString());
}
