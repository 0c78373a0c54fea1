using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Lab.Hosts;
using Rempart.Lab.Layout;

namespace Rempart.Lab.Cluster;

/// <summary>What a host's `rempart-init` keeps running: services.json, made of the same words as an operator's.</summary>
internal sealed class HostServices(LabLayout lab, HostLayout host)
{
    /// <summary>Name under which the cluster's objects are kept in etcd.</summary>
    internal const string EtcdInstance = "lab";

    /// <summary>Where an API server keeps its keys, inside.</summary>
    internal string ServerFolder => $"{host.InsideFolder}/server";

    /// <summary>The agent's folder, inside.</summary>
    internal string NodeFolder => $"{host.InsideFolder}/node";

    private string EtcdFolder => $"{host.InsideFolder}/etcd";

    // What scripts/services.sh gives the agent, and why.
    private static readonly string[] _capabilities =
    [
        "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "setfcap",
        "net_admin", "net_bind_service", "sys_chroot", "sys_admin", "sys_ptrace", "sys_resource", "mknod",
    ];

    /// <summary>Options of `rempart-node network …` on this host.</summary>
    internal IReadOnlyList<string> NetworkOptions =>
    [
        "--instance", host.Instance, "--instance-dir", host.InsideFolder, "--node", host.Name, "--datapath", "userspace",
        .. IsCluster ? [.. Members.SelectMany(member => new[] { "--central", $"{member.Name}={member.Address(Plane.Management)}" }), "--tunnel-address", $"{host.Address(Plane.Tenant)}"] : Array.Empty<string>(),
    ];

    /// <summary>Writes services.json.</summary>
    /// <param name="network">what `rempart-node network services` printed.</param>
    /// <param name="withNode">the agent too: the host has joined.</param>
    internal void Write(string network, bool withNode)
    {
        var services = JsonNode.Parse(network)!.AsArray();
        if (host.HasEtcd) services.Add(Etcd());
        if (host.HasApiServer) services.Add(Server());
        if (withNode) services.Add(Node());
        var path = Path.Combine(host.InstanceFolder, "services.json");
        File.WriteAllText(path + ".new", new JsonObject { ["services"] = services }.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        File.SetUnixFileMode(path + ".new", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(path + ".new", path, overwrite: true);
    }

    private JsonObject Etcd()
    {
        var (client, peer) = ($"https://{host.Address(Plane.Management)}:2379", $"https://{host.Address(Plane.Management)}:2380");
        var (certificate, key, authority) = ($"{EtcdFolder}/{host.Name}.pem", $"{EtcdFolder}/{host.Name}.key", $"{EtcdFolder}/ca.pem");
        return new JsonObject
        {
            ["name"] = "etcd",
            ["user"] = HostAccounts.Etcd,
            ["command"] = List(
                "/usr/bin/etcd", $"--name={host.Name}", $"--data-dir={EtcdFolder}/data", $"--initial-cluster={string.Join(',', Members.Select(member => $"{member.Name}=https://{member.Address(Plane.Management)}:2380"))}",
                "--initial-cluster-state=new", $"--initial-cluster-token={lab.Plan.Id}", $"--listen-client-urls={client}", $"--advertise-client-urls={client}", $"--listen-peer-urls={peer}", $"--initial-advertise-peer-urls={peer}",
                $"--cert-file={certificate}", $"--key-file={key}", $"--trusted-ca-file={authority}", "--client-cert-auth", $"--peer-cert-file={certificate}", $"--peer-key-file={key}", $"--peer-trusted-ca-file={authority}", "--peer-client-cert-auth",
                "--max-request-bytes=9961472", "--logger=zap", "--log-level=warn", "--log-outputs=stderr"),
        };
    }

    private JsonObject Server()
    {
        string[] command =
        [
            HostLayout.Program("server"), "run", "--data", ServerFolder, "--port", $"{LabLayout.ApiPort}", "--listen", "127.0.0.1", "--listen", $"{host.Address(Plane.Management)}", "--audit-chain", $"rempart-server.{host.Name}",
            "--store", "etcd", "--etcd-servers", string.Join(',', Members.Select(member => $"https://{member.Address(Plane.Management)}:2379")), "--etcd-instance", EtcdInstance,
            "--etcd-cafile", $"{ServerFolder}/etcd/ca.pem", "--etcd-certfile", $"{ServerFolder}/etcd/{host.Name}.pem", "--etcd-keyfile", $"{ServerFolder}/etcd/{host.Name}.key",
            "--network", $"{host.InsideFolder}/network/network.json",
        ];
        return new JsonObject
        {
            ["name"] = "server",
            ["user"] = HostAccounts.Server,
            ["env"] = Environment(),
            ["command"] = List(command),
            ["after"] = List([IsCluster ? "network-setup" : "ovsdb-northbound", .. host.HasEtcd ? ["etcd"] : Array.Empty<string>()]),
            ["ready"] = new JsonObject { ["https"] = $"https://127.0.0.1:{LabLayout.ApiPort}/readyz", ["ca"] = $"{host.InsideFolder}/ca.crt" },
        };
    }

    private JsonObject Node() => new()
    {
        ["name"] = "node",
        ["env"] = Environment(),
        ["capabilities"] = List(_capabilities),
        ["after"] = List("ovn-controller"),
        ["command"] = List([
            HostLayout.Program("node"), "run", "--data", NodeFolder, .. lab.Hosts.Where(each => each.HasApiServer).SelectMany(each => new[] { "--server", each.ApiServer.GetLeftPart(UriPartial.Authority) }), "--name", host.Name,
            "--instance", host.Instance, "--instance-folder", host.InsideFolder, "--first-uid", $"{host.MachineUids}", "--datapath", "userspace",
            .. LabLayout.Planes.SelectMany(plane => new[] { "--plane", $"{LabLayout.PlaneName(plane)}={host.Address(plane)}" }),
        ]),
    };

    // OVN's databases are where etcd is.
    private bool IsCluster => lab.Plan.Hosts > 1;

    private IEnumerable<HostLayout> Members => lab.Hosts.Where(each => each.HasEtcd);

    // As scripts/services.sh has it: daemons that idle stay small.
    private static JsonObject Environment() => new()
    {
        ["DOTNET_ROOT"] = HostLayout.Runtime,
        ["DOTNET_gcServer"] = "0",
        ["DOTNET_gcConcurrent"] = "0",
        ["DOTNET_GCgen0size"] = "0x400000",
        ["DOTNET_EnableDiagnostics"] = "0",
    };

    private static JsonArray List(params string[] words) => [.. words.Select(word => JsonValue.Create(word))];
}
