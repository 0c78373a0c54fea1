using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rempart.Api.Networking;

namespace Rempart.Node.Networks;

/// <summary>`rempart-node network up|configure|down|services`: lays and takes away the host's part of an instance's network.</summary>
internal static class NetworkCommand
{
    internal const string Usage = """
        usage: rempart-node network up|found|configure|tunnel|down|services OPTIONS

          up         makes folders, databases, namespace, links, firewall table and kernel settings; may be repeated
          found      once in a cluster's life, on one of the `--central` hosts, before its first start: makes the databases that all
                     others join by themselves; refused where databases are
          configure  tells the running switch database what it must know before the switch starts
          tunnel     gives the running switch its end of the tunnels; does nothing on a single host
          down       takes all of it away; the instance must be stopped
          services   prints the supervisor's entries as JSON

          --instance ID          the instance's id
          --instance-dir PATH    its folder
          --node NAME            name of this Node
          --datapath KIND        auto (default), userspace or kernel
          --uplink CIDR          between routers and host (default 100.64.0.0/22)
          --pool CIDR            what project networks are cut from (default 10.128.0.0/9)
          --central NODE=ADDRESS a host that holds OVN's databases, and its management address; repeatable, the same list on every
                                 host (1, 3 or 5 of them); leave out on a single host
          --tunnel-address ADDR  this host's address on the tenant plane, where tunnels end; needed with --central
          --encapsulation KIND   geneve (default) or vxlan, the same on every host
          --daemon-user NAME     account of the switch and OVN (default rempart-net)
          --daemon-group NAME    its group (default rempart-net)
          --names-user NAME      account of the name servers (default rempart-names)
          --names-group NAME     its group (default rempart-names)
          --server-group NAME    group of the API server (default rempart-server)
          --name-server ADDRESS  where outside names are asked for, repeatable (default: the host's)
          --state-dir PATH       shared by the host's instances (default /run/rempart)
        """;

    private const string Tun = "/dev/net/tun";

    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="arguments">what follows `network`.</param>
    /// <param name="cancellation">stops between steps; run it again to finish.</param>
    /// <returns>the process's exit code: 0, 1 for a failure, 2 for wrong usage.</returns>
    internal static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        try
        {
            if (arguments.Count == 0) throw new FormatException(Usage);
            var settings = Parse(arguments.Skip(1).ToList());
            switch (arguments[0])
            {
                case "up":
                    await new HostNetwork(settings).UpAsync(cancellation);
                    return 0;
                case "found":
                    await new HostNetwork(settings).FoundAsync(cancellation);
                    return 0;
                case "tunnel":
                    if (settings.IsCluster) await new TunnelLink(settings).AddressBridgeAsync(TimeProvider.System, cancellation);
                    return 0;
                case "configure":
                    await ConfigureAsync(settings, cancellation);
                    return 0;
                case "down":
                    await new HostNetwork(settings).DownAsync(cancellation);
                    return 0;
                case "services":
                    await Console.Out.WriteLineAsync(ServicesJson(settings, [Environment.ProcessPath!, .. arguments.Skip(1)], Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } runtime ? runtime : null).AsMemory(), cancellation);
                    return 0;
                default:
                    throw new FormatException(Usage);
            }
        }
        catch (FormatException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message.AsMemory(), cancellation);
            return 2;
        }
        catch (Exception exception) when (exception is NetworkSetupException or IOException or TimeoutException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"network {arguments[0]}: {exception.Message}".AsMemory(), cancellation);
            return 1;
        }
    }

    internal static string ServicesJson(NetworkSettings settings, IReadOnlyList<string> agent, string? runtime) =>
        JsonSerializer.Serialize(NetworkServices.For(settings, agent, runtime), _json);

    /// <exception cref="FormatException">an unknown, repeated, missing or malformed option.</exception>
    internal static NetworkSettings Parse(IReadOnlyList<string> options)
    {
        var single = new Dictionary<string, string>(StringComparer.Ordinal);
        var nameServers = new List<IPAddress>();
        var central = new List<CentralMember>();
        for (var i = 0; i < options.Count; i += 2)
        {
            if (i + 1 == options.Count) throw new FormatException($"option `{options[i]}` has no value");
            if (options[i] == "--name-server") nameServers.Add(Address(options[i], options[i + 1]));
            else if (options[i] == "--central") central.Add(CentralMember.Parse(options[i + 1]));
            else if (!_known.Contains(options[i])) throw new FormatException($"unknown option `{options[i]}`\n{Usage}");
            else if (!single.TryAdd(options[i], options[i + 1])) throw new FormatException($"option `{options[i]}` is given twice");
        }
        string Need(string option) => single.GetValueOrDefault(option) ?? throw new FormatException($"option `{option}` is missing\n{Usage}");
        var instance = Need("--instance");
        if (instance.Length is 0 or > 24 || !char.IsAsciiLetterLower(instance[0]) || !instance.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
            throw new FormatException($"instance id `{instance}` must be 1 to 24 of `a-z`, `0-9` and `-`, beginning with a letter");
        var defaults = new NetworkSettings { Instance = instance, InstanceFolder = Need("--instance-dir"), NodeName = Need("--node"), Datapath = Datapath.Userspace };
        return defaults with
        {
            Datapath = ParseDatapath(single.GetValueOrDefault("--datapath", "auto")),
            Uplink = single.TryGetValue("--uplink", out var text) ? ParseUplink(text) : defaults.Uplink,
            Pool = single.TryGetValue("--pool", out var pool) ? Ipv4Subnet.Parse(pool) : defaults.Pool,
            TunnelAddress = ParseTunnel(single, central),
            Encapsulation = single.GetValueOrDefault("--encapsulation", "geneve") switch
            {
                "geneve" => Encapsulation.Geneve,
                "vxlan" => Encapsulation.Vxlan,
                var other => throw new FormatException($"encapsulation `{other}` must be `geneve` or `vxlan`"),
            },
            Central = central,
            DaemonUser = single.GetValueOrDefault("--daemon-user", defaults.DaemonUser),
            DaemonGroup = single.GetValueOrDefault("--daemon-group", defaults.DaemonGroup),
            NamesUser = single.GetValueOrDefault("--names-user", defaults.NamesUser),
            NamesGroup = single.GetValueOrDefault("--names-group", defaults.NamesGroup),
            ServerGroup = single.GetValueOrDefault("--server-group", defaults.ServerGroup),
            NameServers = nameServers,
            TunIsOpen = !File.Exists(Tun) || File.GetUnixFileMode(Tun).HasFlag(UnixFileMode.OtherRead | UnixFileMode.OtherWrite),
            StateFolder = single.GetValueOrDefault("--state-dir", defaults.StateFolder),
        };
    }

    private static readonly HashSet<string> _known = new(StringComparer.Ordinal)
    {
        "--instance", "--instance-dir", "--node", "--datapath", "--uplink", "--pool", "--tunnel-address", "--encapsulation", "--daemon-user", "--daemon-group", "--names-user", "--names-group", "--server-group", "--state-dir",
    };

    private static async Task ConfigureAsync(NetworkSettings settings, CancellationToken cancellation)
    {
        var client = SwitchPorts.NewClient(settings, TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = client.RunAsync(ending.Token);
        try
        {
            var replica = await client.WaitAsync(_ => client.IsConnected, TimeSpan.FromSeconds(20), cancellation);
            var operations = SwitchConfiguration.Decide(replica, settings);
            if (operations.Count > 0) await client.TransactAsync(operations, cancellation);
        }
        finally
        {
            await ending.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static IPAddress? ParseTunnel(Dictionary<string, string> single, List<CentralMember> central)
    {
        if (central.GroupBy(m => m.Node, StringComparer.Ordinal).Any(g => g.Count() > 1) || central.GroupBy(m => m.Address).Any(g => g.Count() > 1))
            throw new FormatException("option `--central` names a host or an address twice");
        if (central.Count > 0 && !CentralMember.MayBe(central.Count)) throw new FormatException($"option `--central` is given {central.Count} times; it names 1, 3 or 5 hosts");
        if (single.TryGetValue("--tunnel-address", out var text))
        {
            return central.Count > 0 ? Address("--tunnel-address", text)
                : throw new FormatException($"option `--tunnel-address` `{text}` is of no use without `--central`: a single host has no tunnels");
        }
        return central.Count == 0 ? null : throw new FormatException("option `--central` needs `--tunnel-address`: this host's address on the tenant plane");
    }

    private static Ipv4Subnet ParseUplink(string text) => Ipv4Subnet.Parse(text) is { Prefix: >= 16 and <= 29 } uplink
        ? uplink
        : throw new FormatException($"option `--uplink`: the prefix length of `{text}` must be 16 to 29");

    private static Datapath ParseDatapath(string text) => text switch
    {
        "userspace" => Datapath.Userspace,
        "kernel" => Datapath.Kernel,
        "auto" => Directory.Exists("/sys/module/openvswitch") ? Datapath.Kernel : Datapath.Userspace,
        _ => throw new FormatException($"datapath `{text}` must be `auto`, `userspace` or `kernel`"),
    };

    private static IPAddress Address(string option, string text) => IPAddress.TryParse(text, out var address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork
        ? address
        : throw new FormatException($"option `{option}`: `{text}` is not an IPv4 address");
}
