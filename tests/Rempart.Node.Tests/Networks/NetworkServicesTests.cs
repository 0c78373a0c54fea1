using System.Net;
using Rempart.Api.Networking;
using Rempart.Node.Networks;

namespace Rempart.Node.Tests.Networks;

public sealed class NetworkServicesTests
{
    private static readonly string[] Options = ["--instance", "lab", "--instance-dir", "/var/lib/rempart/lab", "--node", "host-1", "--datapath", "userspace"];

    [Fact]
    public void An_instances_network_is_these_processes()
    {
        var settings = NetworkCommand.Parse(Options) with { TunIsOpen = true };

        var text = NetworkCommand.ServicesJson(settings, ["/usr/bin/rempart-node", .. Options], null) + "\n";

        // Kept for whoever changes the services on purpose and then takes it as the new golden file.
        File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "Networks", "services.actual.json"), text);
        Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Networks", "services.golden.json")), text);
    }

    [Fact]
    public void The_firewall_table_is_this()
    {
        var text = NetworkFirewall.Script(NetworkCommand.Parse(Options), closeForwarding: true);

        File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "Networks", "firewall.actual.txt"), text);
        Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Networks", "firewall.golden.txt")), text);
    }

    [Theory]
    [InlineData("host-1", "member")]
    [InlineData("host-9", "other")]
    public void Of_several_hosts_these_are_a_members_processes_and_anothers(string node, string name)
    {
        var options = Cluster(node);
        var settings = NetworkCommand.Parse(options) with { TunIsOpen = true };

        var text = NetworkCommand.ServicesJson(settings, ["/usr/bin/rempart-node", .. options], null) + "\n"
            + NetworkFirewall.Script(settings, closeForwarding: true) + NetworkFirewall.NamespaceScript(settings);

        File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "Networks", $"{name}.actual.txt"), text);
        Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Networks", $"{name}.golden.txt")), text);
    }

    [Fact]
    public void The_agent_learns_of_other_hosts_by_a_file_and_a_wrong_one_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory("rempart-cluster-").FullName;
        try
        {
            var alone = new NetworkSettings { Instance = "lab", InstanceFolder = folder, NodeName = "host-1", Datapath = Datapath.Userspace };
            Assert.Same(alone, NetworkClusterFile.Apply(alone));
            var path = new NetworkLayout(alone).ClusterFile;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, new NetworkClusterFile { Central = new Dictionary<string, string> { ["host-1"] = "10.1.0.1", ["host-2"] = "10.1.0.2" } }.ToText());

            Assert.Equal(new CentralMember("host-1", IPAddress.Parse("10.1.0.1")), NetworkClusterFile.Apply(alone).OwnCentral);
            Assert.Null((NetworkClusterFile.Apply(alone with { NodeName = "host-3" })).OwnCentral);

            foreach (var wrong in new[] { "{}", "null", """{"central":{"host-1":"nowhere"}}""", """{"central":{},"more":1}""", """{"central":null}""", """{"central":{"host-1":null}}""" })
            {
                File.WriteAllText(path, wrong);
                Assert.Contains(path, Assert.Throws<NetworkSetupException>(() => NetworkClusterFile.Apply(alone)).Message, StringComparison.Ordinal);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("--central", "host-1")]
    [InlineData("--central", "host-1=nowhere")]
    [InlineData("--central", "host-1=10.1.0.7")]
    [InlineData("--central", "host-7=10.1.0.1")]
    [InlineData("--encapsulation", "stt")]
    [InlineData("--tunnel-address", "10.4.0.2")]
    public void A_list_of_members_that_can_not_be_is_refused(string option, string value) =>
        Assert.Throws<FormatException>(() => NetworkCommand.Parse([.. Cluster("host-1"), option, value]));

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    [InlineData(5, true)]
    [InlineData(6, false)]
    [InlineData(7, false)]
    public void One_three_or_five_hosts_hold_the_databases(int members, bool isTaken)
    {
        string[] options = [.. Options, "--tunnel-address", "10.4.0.1", .. Enumerable.Range(1, members).SelectMany(member => new[] { "--central", $"host-{member}=10.1.0.{member}" })];

        if (isTaken) Assert.Equal(members, NetworkCommand.Parse(options).Central.Count);
        else Assert.Contains("1, 3 or 5", Assert.Throws<FormatException>(() => NetworkCommand.Parse(options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_without_an_address_for_tunnels_are_refused() =>
        Assert.Contains("--tunnel-address", Assert.Throws<FormatException>(() => NetworkCommand.Parse([.. Options, "--central", "host-1=10.1.0.1"])).Message, StringComparison.Ordinal);

    private static string[] Cluster(string node) =>
    [
        "--instance", "lab", "--instance-dir", "/var/lib/rempart/lab", "--node", node, "--datapath", "userspace",
        "--central", "host-1=10.1.0.1", "--central", "host-2=10.1.0.2", "--central", "host-3=10.1.0.3", "--tunnel-address", "10.4.0.1",
    ];

    [Fact]
    public void On_the_kernel_datapath_the_switch_may_use_the_kernel()
    {
        var settings = NetworkCommand.Parse(Options) with { Datapath = Datapath.Kernel };

        var command = NetworkServices.For(settings, ["/usr/bin/rempart-node"], null).Single(s => s.Name == "ovs-vswitchd").Command;

        Assert.DoesNotContain("--disable-system", command);
    }

    [Fact]
    public void Each_program_of_ours_is_told_where_its_runtime_is()
    {
        var ours = NetworkServices.For(NetworkCommand.Parse(Options), ["/somewhere/rempart-node"], "/home/somebody/.dotnet").Where(s => s.Command.Any(word => word.EndsWith("/rempart-node", StringComparison.Ordinal))).ToList();
        Assert.Equal(3, ours.Count);
        Assert.All(ours, service => Assert.Equal("/home/somebody/.dotnet", service.Env!["DOTNET_ROOT"]));
    }

    [Fact]
    public void No_process_but_the_agents_own_steps_runs_as_root()
    {
        foreach (var service in NetworkServices.For(NetworkCommand.Parse(Options), ["/usr/bin/rempart-node"], null).Where(s => s.Oneshot != true))
        {
            // What reads names gives up root within a root of its own, where users have no names.
            var command = string.Join(' ', service.Command);
            Assert.Contains(service.Name.StartsWith("name-", StringComparison.Ordinal) ? "--reuid=\"$user\" " : "--reuid=rempart-net ", command, StringComparison.Ordinal);
            Assert.Contains("--no-new-privs", command, StringComparison.Ordinal);
            Assert.Contains("--bounding-set=-all", command, StringComparison.Ordinal);
            Assert.Equal("rempart-lab", service.Netns);
        }
    }

    [Theory]
    [InlineData("--instance", "Lab")]
    [InlineData("--instance", "a-name-that-is-longer-than-it-may-be")]
    [InlineData("--uplink", "100.64.0.1/22")]
    [InlineData("--uplink", "100.64.0.0/30")]
    [InlineData("--pool", "10.128.0.0")]
    [InlineData("--datapath", "fast")]
    [InlineData("--tunnel-address", "::1")]
    [InlineData("--name-server", "dns.example")]
    [InlineData("--colour", "red")]
    public void An_option_that_can_not_be_is_refused_by_its_value(string option, string value)
    {
        var options = Options.ToList();
        if (options.IndexOf(option) is var at && at >= 0) options[at + 1] = value;
        else options.AddRange([option, value]);

        var refused = Assert.Throws<FormatException>(() => NetworkCommand.Parse(options));

        Assert.Contains(option == "--colour" ? option : value, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Interface_names_fit_the_kernel_however_long_the_instances_name_is()
    {
        var settings = NetworkCommand.Parse(Options);

        var names = new[] { "a", "twelve-chars", "thirteen-char", "thirteen-chas" }.Select(i => new NetworkLayout(settings with { Instance = i }).HostVeth).ToList();

        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.All(names, n => Assert.InRange(n.Length, 4, 15));
        Assert.All(names, n => Assert.StartsWith("rp-", n, StringComparison.Ordinal));
        Assert.Equal(15, SwitchPorts.TapName(Guid.Empty.ToString()).Length);
    }

    [Fact]
    public void Addresses_on_the_uplink_are_the_hosts_then_the_name_servers()
    {
        var settings = NetworkCommand.Parse(Options) with { Uplink = Ipv4Subnet.Parse("100.64.8.0/24") };

        Assert.Equal(IPAddress.Parse("100.64.8.1"), settings.HostAddress);
        Assert.Equal(IPAddress.Parse("100.64.8.2"), settings.NameServerAddress);
    }
}
