using System.Text.Json.Nodes;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.Placement;

/// <summary>Hosts and machines in a server, as agents and admission would have made them.</summary>
internal static class PlacementWorld
{
    public const string Compute = "/apis/compute.rempart.dev/v1";
    public const string Machines = Compute + "/namespaces/default/virtualmachines";
    public const string Rules = Compute + "/namespaces/default/placementrules";
    public const string Moves = Compute + "/namespaces/default/machinemigrations";
    public const string Nodes = "/api/v1/nodes";
    private const string Zeros = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>A host with room for two machines in a Gibibyte and a half.</summary>
    public static async Task HostAsync(TestServer server, string name, string memory = "1Gi", string cpu = "2", string zone = "a", CancellationToken cancellationToken = default) =>
        await server.Host.Writer.CreateAsync(new Node
        {
            ApiVersion = "v1",
            Kind = "Node",
            Metadata = new ObjectMeta { Name = name, Labels = new Dictionary<string, string> { ["topology.kubernetes.io/zone"] = zone } },
            Status = new()
            {
                Allocatable = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse(cpu), ["memory"] = Quantity.Parse(memory) },
                Conditions = [new() { Type = "Ready", Status = "True" }],
            },
        }, cancellationToken);

    /// <summary>A machine that takes 416Mi of a host, the overhead of its jail included.</summary>
    public static async Task MachineAsync(TestServer server, string name, string app = "web", CancellationToken cancellationToken = default) =>
        await server.Host.Writer.CreateAsync(new VirtualMachine
        {
            ApiVersion = "compute.rempart.dev/v1",
            Kind = "VirtualMachine",
            Metadata = new ObjectMeta { Name = name, Namespace = "default", Labels = new Dictionary<string, string> { ["app"] = app } },
            Spec = new() { Template = "t", Class = "small" },
            Status = new()
            {
                Template = new()
                {
                    Os = new() { Family = "linux", Name = "debian" },
                    RootDisk = new() { Image = "i", Digest = Zeros },
                    Boot = new() { Firmware = "Direct" },
                    Classes = ["small", "large", "huge"],
                },
                Resources = new() { Cpus = 1, Memory = Quantity.Parse("256Mi") },
            },
        }, cancellationToken);

    public static Task<(int Code, JsonObject Body)> BindAsync(TestServer server, string machine, string node) => server.PostAsync($"{Machines}/{machine}/binding", $$$"""{"nodeName":"{{{node}}}"}""");

    public static Task<(int Code, JsonObject Body)> RuleAsync(TestServer server, string name, string spec) => server.PostAsync(Rules, $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{{{spec}}}}""");

    public static string Message(JsonObject body) => body["message"]?.GetValue<string>() ?? body.ToJsonString();
}
