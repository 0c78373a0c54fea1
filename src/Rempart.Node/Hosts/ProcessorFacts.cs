using Rempart.Api.Infra;

namespace Rempart.Node.Hosts;

/// <summary>What /proc/cpuinfo tells of the processors.</summary>
internal static class ProcessorFacts
{
    /// <summary>Reads it. Hosts whose processors differ (one is offline, or of another kind) can do what all of them can.</summary>
    /// <param name="text">the file.</param>
    public static HostCpu Parse(string text)
    {
        var processors = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(Fields).Where(fields => fields.ContainsKey("processor")).ToList();
        if (processors is not [var first, ..]) return new HostCpu();
        var flags = processors.Select(Flags).Aggregate((all, these) => all.SequenceEqual(these) ? all : [.. all.Intersect(these, StringComparer.Ordinal)]);
        // Some virtual machines are not told of sockets and cores: each processor is then one.
        var cores = processors.Select(fields => (Socket: fields.GetValueOrDefault("physical id"), Core: fields.GetValueOrDefault("core id") ?? fields["processor"])).Distinct().ToList();
        return new HostCpu
        {
            Vendor = first.GetValueOrDefault("vendor_id"),
            Model = first.GetValueOrDefault("model name"),
            Flags = [.. flags.Take(HostCpu.MostFlags)],
            Sockets = cores.Select(core => core.Socket).Distinct().Count(),
            Cores = cores.Count,
            Threads = processors.Count,
        };
    }

    private static string[] Flags(Dictionary<string, string> fields) => fields.GetValueOrDefault("flags", "").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static Dictionary<string, string> Fields(string processor)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in processor.Split('\n'))
        {
            if (line.IndexOf(':', StringComparison.Ordinal) is var colon and > 0) fields.TryAdd(line[..colon].Trim(), line[(colon + 1)..].Trim());
        }

        return fields;
    }
}
