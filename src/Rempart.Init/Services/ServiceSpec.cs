namespace Rempart.Init.Services;

/// <summary>One service as services.json names it. What has a default is settable: the generated JSON reader overwrites the default of an init-only property.</summary>
internal sealed record ServiceSpec
{
    /// <summary>`[a-z][a-z0-9-]{0,31}`, unique.</summary>
    public required string Name { get; init; }

    /// <summary>Program, an absolute path, and its arguments. It must stay in the foreground.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>All of its environment beside PATH.</summary>
    public IReadOnlyDictionary<string, string> Env { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Name of a network namespace in /run/netns, or null for the host's.</summary>
    public string? Netns { get; init; }

    /// <summary>User that it runs as, with the group of the same name and without any capability; root when null.</summary>
    public string? User { get; init; }

    /// <summary>Capabilities that a service of root's may have, as in `net_admin`; all when null. They bind whatever it starts, too (capabilities(7), the bounding set).</summary>
    public IReadOnlyList<string>? Capabilities { get; init; }

    /// <summary>Names of services that must be ready first.</summary>
    public IReadOnlyList<string> After { get; set; } = [];

    /// <summary>It runs to its end; ready means that it ended with 0. It must bear being run again.</summary>
    public bool Oneshot { get; set; }

    /// <summary>Null: ready as soon as it runs.</summary>
    public ReadySpec? Ready { get; init; }

    /// <summary>File that its output is appended to, kept within bounds; `logs/NAME.log` in the data folder when null.</summary>
    public string? Log { get; init; }

    /// <summary>Seconds between the request to end and the kill; default 20.</summary>
    public int StopSeconds { get; set; } = 20;
}
