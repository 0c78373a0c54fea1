namespace Rempart.Node.Networks;

/// <summary>A process that the instance's supervisor keeps running, in the form of its services file.</summary>
internal sealed record ServiceEntry
{
    public required string Name { get; init; }

    /// <summary>Absolute path of the program, then its arguments.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    public IReadOnlyDictionary<string, string>? Env { get; init; }

    /// <summary>Name of the network namespace it runs in; the host's own when null.</summary>
    public string? Netns { get; init; }

    /// <summary>Services that must be ready first.</summary>
    public IReadOnlyList<string>? After { get; init; }

    /// <summary>It is ready when it has ended with 0, and is not started again.</summary>
    public bool? Oneshot { get; init; }

    /// <summary>File that its output goes to; the supervisor keeps it within bounds, the folder must exist.</summary>
    public required string Log { get; init; }

    public ServiceReadiness? Ready { get; init; }
}
