using Microsoft.Win32.SafeHandles;

namespace Rempart.Node.Volumes;

/// <summary>One run of a tool in a jail.</summary>
internal sealed record JailedToolRun
{
    /// <summary>Absolute path of the program on the host; the jail holds a copy of it and of the libraries it needs.</summary>
    public required string Program { get; init; }

    /// <summary>A descriptor of <see cref="Files"/> is named by <see cref="PathOf"/>.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Open files that the tool inherits. It may open each again with the access that the file's mode gives to everyone.</summary>
    public IReadOnlyList<SafeFileHandle> Files { get; init; } = [];

    /// <summary>Gets what it prints on standard output, instead of <see cref="JailedToolResult.Output"/>. When it refuses more, the tool is ended and the refusal thrown.</summary>
    public BoundedOutput? StandardOutput { get; init; }

    /// <summary>Most memory it may use, in bytes.</summary>
    public long MemoryBytes { get; init; } = 512L << 20;

    /// <summary>Largest file it may write, in bytes: a write beyond fails, or ends it. None by default.</summary>
    public long MostFileBytes { get; init; }

    /// <summary>It speaks with strangers: by a unix socket that is one of <see cref="Files"/>, and with another user id than tools that read files.</summary>
    public bool Connects { get; init; }

    /// <summary>How long it may take.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Path in the jail of the file at an index of <see cref="Files"/>.</summary>
    internal static string PathOf(int index) => $"/proc/self/fd/{3 + index}";
}
