using System.Globalization;
using Rempart.Node.Hosts;
using Rempart.Node.Networks;
using Rempart.Telemetry.Logs;
using Rempart.Telemetry.Traces;

namespace Rempart.Node.Agent;

/// <summary>Arguments of `rempart-node run`.</summary>
internal sealed record RunOptions
{
    internal const string Usage = "usage: rempart-node run --data DIR --server URL... [--name NODE] [--instance ID] [--instance-folder DIR] [--first-uid N] [--datapath userspace|kernel]\n"
        + "                        [--plane management|migration|storage|tenant=ADDRESS]...\n"
        + "                        [--traces URL [--traces-ratio N]] " + LogSettings.Usage + "\n"
        + StopMachinesCommand.Usage;

    private const int MostServers = 16;

    public required string DataFolder { get; init; }

    /// <summary>API servers of the cluster: 1 to 16, each of which gets a tunnel; requests go to one of them.</summary>
    public required IReadOnlyList<Uri> Servers { get; init; }

    public required string NodeName { get; init; }

    public required string Instance { get; init; }

    /// <summary>The parent of <see cref="DataFolder"/> unless told.</summary>
    public required string InstanceFolder { get; init; }

    /// <summary>First of the 65,536 host user ids of the instance's machines.</summary>
    public uint FirstUid { get; init; } = 1_000_000_000;

    /// <summary>The host's addresses on the planes.</summary>
    public PlaneAddresses Planes { get; init; } = PlaneAddresses.None;

    public Datapath Datapath { get; init; } = Datapath.Userspace;

    public string QemuImg { get; init; } = "/usr/bin/qemu-img";

    /// <summary>Where spans go; null for nowhere, and then nothing is traced.</summary>
    public TraceSettings? Traces { get; init; }

    /// <summary>Reads the arguments after `run`.</summary>
    /// <exception cref="AgentException">They make no sense; says which.</exception>
    public static RunOptions Parse(IReadOnlyList<string> arguments, string hostName)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        var planes = new List<string>();
        var servers = new List<Uri>();
        for (var i = 0; i < arguments.Count; i += 2)
        {
            if (i + 1 == arguments.Count) throw new AgentException($"`{arguments[i]}` lacks its value; {Usage}");
            if (arguments[i] == "--server")
            {
                servers.Add(ReadServer(arguments[i + 1]));
                continue;
            }
            if (arguments[i] == "--plane")
            {
                planes.Add(arguments[i + 1]);
                continue;
            }
            if (arguments[i] is not ("--data" or "--name" or "--instance" or "--instance-folder" or "--first-uid" or "--datapath" or "--traces" or "--traces-ratio")) throw new AgentException($"`{arguments[i]}` is not known; {Usage}");
            if (!given.TryAdd(arguments[i], arguments[i + 1])) throw new AgentException($"`{arguments[i]}` is given twice");
        }
        if (!given.TryGetValue("--data", out var data) || servers.Count == 0) throw new AgentException(Usage);
        if (servers.Count > MostServers || servers.Distinct().Count() < servers.Count) throw new AgentException($"`--server` may be given {MostServers} times, each time with another address");
        data = Path.GetFullPath(data);
        var folder = Path.GetFullPath(given.GetValueOrDefault("--instance-folder") ?? Path.GetDirectoryName(data) ?? data);
        return new RunOptions
        {
            DataFolder = data,
            Servers = servers,
            NodeName = (given.GetValueOrDefault("--name") ?? hostName).ToLowerInvariant(),
            Instance = given.GetValueOrDefault("--instance") ?? Path.GetFileName(folder),
            InstanceFolder = folder,
            FirstUid = !given.TryGetValue("--first-uid", out var first) ? 1_000_000_000
                : uint.TryParse(first, CultureInfo.InvariantCulture, out var uid) && uid >= 100_000 ? uid : throw new AgentException("`--first-uid` must be a number from 100000"),
            Planes = ReadPlanes(planes),
            Datapath = given.GetValueOrDefault("--datapath") switch
            {
                null or "userspace" => Datapath.Userspace,
                "kernel" => Datapath.Kernel,
                var other => throw new AgentException($"`--datapath` is `userspace` or `kernel`, not `{other}`"),
            },
            Traces = given.TryGetValue("--traces", out var traces) ? ReadTraces(traces, given.GetValueOrDefault("--traces-ratio"))
                : given.ContainsKey("--traces-ratio") ? throw new AgentException("`--traces-ratio` says nothing without `--traces`") : null,
        };
    }

    private static Uri ReadServer(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps ? url : throw new AgentException($"`--server` must be an https address, not `{text}`");

    private static PlaneAddresses ReadPlanes(IEnumerable<string> values)
    {
        try
        {
            return PlaneAddresses.Parse(values);
        }
        catch (FormatException wrong)
        {
            throw new AgentException(wrong.Message, wrong);
        }
    }

    private static TraceSettings ReadTraces(string endpoint, string? ratio)
    {
        try
        {
            return TraceSettings.Parse(endpoint, ratio);
        }
        catch (FormatException wrong)
        {
            throw new AgentException(wrong.Message, wrong);
        }
    }
}
