namespace Rempart.Api.Infra;

/// <summary>Processors of a host.</summary>
public sealed record HostCpu
{
    /// <summary>Flags that are told of a processor.</summary>
    public const int MostFlags = 1024;

    /// <summary>Maker as the processor says, such as <c>GenuineIntel</c>.</summary>
    public string? Vendor { get; init; }

    /// <summary>Name as the processor says, such as <c>Intel(R) Xeon(R) Processor</c>.</summary>
    public string? Model { get; init; }

    /// <summary>What it can do, in the kernel's words and in their order (<c>/proc/cpuinfo</c>), such as <c>avx2</c>; only what all of them can. 1,024 at most.</summary>
    public IReadOnlyList<string>? Flags { get; init; }

    /// <summary>How many sockets.</summary>
    public int? Sockets { get; init; }

    /// <summary>How many cores in all.</summary>
    public int? Cores { get; init; }

    /// <summary>How many threads in all: what the kernel calls a processor.</summary>
    public int? Threads { get; init; }
}
