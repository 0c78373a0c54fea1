using System.Globalization;
using System.Text.Json;
using Rempart.Lab.Hosts;
using Rempart.Lab.Layout;
using Rempart.Lab.Tools;

namespace Rempart.Lab.Planes;

/// <summary>
/// The four planes: a bridge each in a network namespace of the lab, and a link from each host to each of them. A cut drops what a link carries,
/// in both directions, and leaves the link up: nobody is told.
/// </summary>
public sealed class PlaneSwitch(LabLayout lab)
{
    private const string OperatorPort = "operator";

    private static string Table =>
        """
        table bridge lab
        delete table bridge lab
        table bridge lab {
          set cut { type ifname; }
          chain forward {
            type filter hook forward priority 0; policy accept;
            iifname @cut drop
            oifname @cut drop
          }
        }

        """;

    /// <summary>Makes namespace, bridges and the machine's own link to the management plane; does nothing when they are there.</summary>
    internal async Task UpAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(lab.PlanesNamespacePath)) return;
        await IpAsync($"netns add {lab.PlanesNamespace}", cancellationToken);
        var lines = LabLayout.Planes.Select(LabLayout.PlaneName).SelectMany(plane => new[] { $"link add {plane} type bridge mcast_snooping 0", $"link set {plane} up" });
        await BatchAsync(["ip", "-netns", lab.PlanesNamespace, "-batch", "-"], lines, cancellationToken);
        await Command.RunAsync(["nsenter", $"--net={lab.PlanesNamespacePath}", "nft", "-f", "-"], Table, cancellationToken);
        await BatchAsync(["ip", "-batch", "-"],
        [
            $"link add {lab.OperatorLink} type veth peer name {OperatorPort} netns {lab.PlanesNamespace}",
            $"address add {lab.Address(Plane.Management, LabLayout.OperatorNumber)}/24 dev {lab.OperatorLink}",
            $"link set {lab.OperatorLink} up",
        ], cancellationToken);
        await IpAsync($"-netns {lab.PlanesNamespace} link set {OperatorPort} master {LabLayout.PlaneName(Plane.Management)} up", cancellationToken);
    }

    /// <summary>Links a host that has just booted; its links are named as the planes inside.</summary>
    internal async Task ConnectAsync(LabHost host, CancellationToken cancellationToken)
    {
        var pid = host.Running.ToString(CultureInfo.InvariantCulture);
        await BatchAsync(["ip", "-netns", lab.PlanesNamespace, "-batch", "-"], LabLayout.Planes.SelectMany(plane => new[]
        {
            $"link add {Port(host, plane)} type veth peer name {LabLayout.PlaneName(plane)} netns {pid}",
            $"link set {Port(host, plane)} master {LabLayout.PlaneName(plane)} up",
        }), cancellationToken);
        await BatchAsync(["nsenter", "--target", pid, "--net", "--", "ip", "-batch", "-"], LabLayout.Planes.SelectMany(plane => new[]
        {
            $"address add {host.Layout.Address(plane)}/24 dev {LabLayout.PlaneName(plane)}",
            $"link set {LabLayout.PlaneName(plane)} up",
        }), cancellationToken);
    }

    /// <summary>Nothing that a host sends or gets in a plane arrives any more.</summary>
    public Task CutAsync(LabHost host, Plane plane, CancellationToken cancellationToken) => SetAsync("add", [Port(host, plane)], cancellationToken);

    /// <summary>Ends the cuts of a host; all of them without a plane.</summary>
    public async Task HealAsync(LabHost? host, Plane? plane, CancellationToken cancellationToken)
    {
        var ended = (await CutsAsync(cancellationToken)).Where(cut => (host is null || cut.Host == host.Layout.Number) && (plane is null || cut.Plane == plane)).Select(cut => Port(cut.Host, cut.Plane)).ToList();
        if (ended.Count > 0) await SetAsync("delete", ended, cancellationToken);
    }

    /// <summary>What is cut now.</summary>
    public async Task<IReadOnlyList<(int Host, Plane Plane)>> CutsAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(lab.PlanesNamespacePath)) return [];
        using var answer = JsonDocument.Parse(await Command.RunAsync(["nsenter", $"--net={lab.PlanesNamespacePath}", "nft", "-j", "list", "set", "bridge", "lab", "cut"], null, cancellationToken));
        return
        [
            .. answer.RootElement.GetProperty("nftables").EnumerateArray().Where(entry => entry.TryGetProperty("set", out _)).Select(entry => entry.GetProperty("set"))
                .SelectMany(set => set.TryGetProperty("elem", out var elements) ? elements.EnumerateArray().Select(element => element.GetString()!) : [])
                .Select(port => (port[^1] - '0', Enum.Parse<Plane>(port[..^1], ignoreCase: true))),
        ];
    }

    /// <summary>Removes all of it. The ends on hosts go too.</summary>
    internal async Task DownAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(lab.PlanesNamespacePath)) await IpAsync($"netns delete {lab.PlanesNamespace}", cancellationToken);
        // It goes with its other end, a little later: do not leave before.
        if (Path.Exists($"/sys/class/net/{lab.OperatorLink}")) await Command.TryAsync(["ip", "link", "delete", lab.OperatorLink], null, cancellationToken);
    }

    private static string Port(LabHost host, Plane plane) => Port(host.Layout.Number, plane);

    private static string Port(int host, Plane plane) => string.Create(CultureInfo.InvariantCulture, $"{LabLayout.PlaneName(plane)}{host}");

    private Task<string> SetAsync(string verb, IReadOnlyList<string> ports, CancellationToken cancellationToken) =>
        Command.RunAsync(["nsenter", $"--net={lab.PlanesNamespacePath}", "nft", "-f", "-"], $"{verb} element bridge lab cut {{ {string.Join(", ", ports.Select(port => $"\"{port}\""))} }}\n", cancellationToken);

    private static Task<string> IpAsync(string arguments, CancellationToken cancellationToken) => Command.RunAsync(["ip", .. arguments.Split(' ')], null, cancellationToken);

    private static Task<string> BatchAsync(IReadOnlyList<string> command, IEnumerable<string> lines, CancellationToken cancellationToken) =>
        Command.RunAsync(command, string.Concat(lines.Select(line => line + "\n")), cancellationToken);
}
