using System.CommandLine;
using System.Text.Json.Nodes;

namespace Rempart.Cli.Tests.Commands;

public sealed class SimulateCommandTests : IDisposable
{
    private const string Cluster = """
        apiVersion: v1
        kind: List
        items:
        - {apiVersion: v1, kind: Node, metadata: {name: h1}, status: {allocatable: {cpu: "4", memory: 2Gi}, conditions: [{type: Ready, status: "True"}]}}
        - {apiVersion: v1, kind: Node, metadata: {name: h2}, status: {allocatable: {cpu: "4", memory: 2Gi}, conditions: [{type: Ready, status: "True"}]}}
        - {apiVersion: v1, kind: ConfigMap, metadata: {name: ignored, namespace: p}}
        - {apiVersion: compute.rempart.dev/v1, kind: PlacementRule, metadata: {name: apart, namespace: p}, spec: {type: Separation, machines: {}}}
        - {apiVersion: compute.rempart.dev/v1, kind: VirtualMachine, metadata: {name: a, namespace: p}, spec: {template: t, class: c}, status: {nodeName: h1, resources: {cpus: 1, memory: 512Mi}}}
        - {apiVersion: compute.rempart.dev/v1, kind: VirtualMachine, metadata: {name: b, namespace: p}, spec: {template: t, class: c}, status: {nodeName: h1, resources: {cpus: 1, memory: 512Mi}}}
        - {apiVersion: compute.rempart.dev/v1, kind: VirtualMachine, metadata: {name: c, namespace: p}, spec: {template: t, class: c}, status: {resources: {cpus: 1, memory: 512Mi}}}
        """;

    private readonly string _file = Path.GetTempFileName();

    public SimulateCommandTests() => File.WriteAllText(_file, Cluster);

    [Fact]
    public async Task A_cluster_is_placed_anew_or_as_it_stands()
    {
        var (code, text) = await RunAsync("simulate", "-f", _file, "-o", "json");
        var anew = JsonNode.Parse(text)!;
        Assert.Equal(ExitCode.Ok, code);
        Assert.Equal((2, 0, 0), (anew["placed"]!.GetValue<int>(), anew["overbooked"]!.GetValue<int>(), anew["brokenRules"]!.GetValue<int>()));
        Assert.Equal(1, anew["unplaced"]!["0/2 hosts fit: 2 would break the rule `apart`"]!.GetValue<int>());
        var standing = JsonNode.Parse((await RunAsync("simulate", "-f", _file, "--keep", "-o", "json")).Text)!;
        Assert.Equal((3, 1), (standing["placed"]!.GetValue<int>(), standing["brokenRules"]!.GetValue<int>()));
    }

    [Fact]
    public async Task Hosts_and_networks_of_the_cluster_count_when_they_are_told()
    {
        const string Wired = """
            apiVersion: v1
            kind: List
            items:
            - {apiVersion: v1, kind: Node, metadata: {name: h1}, status: {allocatable: {cpu: "4", memory: 2Gi}, conditions: [{type: Ready, status: "True"}]}}
            - {apiVersion: v1, kind: Node, metadata: {name: h2}, status: {allocatable: {cpu: "4", memory: 1Gi}, conditions: [{type: Ready, status: "True"}]}}
            - {apiVersion: network.rempart.dev/v1, kind: Network, metadata: {name: machines, namespace: p}, spec: {type: Internal, subnet: 10.66.0.0/24, provider: {network: floor}}}
            - {apiVersion: compute.rempart.dev/v1, kind: VirtualMachine, metadata: {name: a, namespace: p}, spec: {template: t, class: c, networkInterfaces: [{name: eth0, network: machines}]}, status: {resources: {cpus: 1, memory: 512Mi}}}
            - {apiVersion: compute.rempart.dev/v1, kind: VirtualMachine, metadata: {name: b, namespace: p}, spec: {template: t, class: c, networkInterfaces: [{name: eth0, network: machines}]}, status: {resources: {cpus: 1, memory: 512Mi}}}
            - {apiVersion: compute.rempart.dev/v1, kind: VirtualMachine, metadata: {name: c, namespace: p}, spec: {template: t, class: c, networkInterfaces: [{name: eth0, network: untold}]}, status: {resources: {cpus: 1, memory: 512Mi}}}

            """;
        const string AtIt = "- {apiVersion: infra.rempart.dev/v1, kind: Host, metadata: {name: h2}, spec: {profile: x, providerNetworks: [{name: floor, device: eth1}]}, status: {providerNetworks: [{name: floor, ready: true}]}}\n";
        await File.WriteAllTextAsync(_file, Wired, TestContext.Current.CancellationToken);
        Assert.Equal(3, JsonNode.Parse((await RunAsync("simulate", "-f", _file, "-o", "json")).Text)!["placed"]!.GetValue<int>());
        await File.WriteAllTextAsync(_file, Wired + AtIt, TestContext.Current.CancellationToken);
        var told = JsonNode.Parse((await RunAsync("simulate", "-f", _file, "-o", "json")).Text)!;
        Assert.Equal(2, told["placed"]!.GetValue<int>());
        Assert.Equal(1, told["unplaced"]!["0/2 hosts fit: 1 lacks the provider network `floor`, 1 lacks memory (need 672Mi, 352Mi free)"]!.GetValue<int>());
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_outcome()
    {
        var (code, first) = await RunAsync("simulate", "--hosts", "20", "--machines", "200", "--seed", "7");
        Assert.Equal(ExitCode.Ok, code);
        Assert.Equal(Quality(first), Quality((await RunAsync("simulate", "--hosts", "20", "--machines", "200", "--seed", "7")).Text));
        Assert.NotEqual(Quality(first), Quality((await RunAsync("simulate", "--hosts", "20", "--machines", "200", "--seed", "8")).Text));
        Assert.Contains("violations  0 hosts overbooked, 0 required rules broken\n", first, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--hosts", "0")]
    [InlineData("--machines", "1000001")]
    [InlineData("--hosts", "many")]
    public async Task Numbers_are_bounded(string option, string value) => Assert.Equal(ExitCode.Usage, (await RunAsync("simulate", option, value)).Code);

    [Fact]
    public async Task A_file_without_hosts_is_refused()
    {
        await File.WriteAllTextAsync(_file, "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}", TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Failed, (await RunAsync("simulate", "-f", _file)).Code);
    }

    public void Dispose() => File.Delete(_file);

    private static string Quality(string text) => string.Join('\n', text.Split('\n').Where(line => !line.StartsWith("speed", StringComparison.Ordinal)));

    private static async Task<(int Code, string Text)> RunAsync(params string[] args)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var parse = RootProgram.Build().Parse(args);
        var code = await parse.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false }, TestContext.Current.CancellationToken);
        return (parse.Errors.Count > 0 ? ExitCode.Usage : code, output.ToString());
    }
}
