using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Api.Storage;
using Rempart.Controllers;
using Rempart.Node.Agent;
using Rempart.Node.Machines;
using Rempart.Runtime.Conditions;
using Rempart.Testing.Api;

namespace Rempart.Node.Tests.Agent;

/// <summary>A whole cluster of one node: the server's controllers and the node's agent over an API in memory, on a host that is not there.</summary>
internal sealed class AgentWorld : IAsyncDisposable
{
    private const string Digest = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string _folder = Directory.CreateTempSubdirectory("agent-world-").FullName;
    private CancellationTokenSource _agentStop = new();
    private Task _agent = Task.CompletedTask;

    public AgentWorld(CancellationToken cancellationToken)
    {
        World = new ControllerWorld(cancellationToken, ControllerSet.Core(_key));
        Machines = new FakeMachines(World.Time);
        StartAgent();
    }

    public ControllerWorld World { get; }

    public FakeMachines Machines { get; }

    public FakeHost Host { get; } = new();

    public VirtualMachine? Machine => World.Api.Find<VirtualMachine>("p", "web");

    public VirtualMachineStatus Status => Machine!.Status!;

    public string Uid => Machine!.Metadata.Uid!;

    public void StartAgent()
    {
        _agentStop = new CancellationTokenSource();
        var facts = new HostFacts(2, 4L << 30, new());
        var agent = new NodeAgent(new AgentSettings(_folder, new Uri("https://api.test"), "h1"), Host.Drivers(Machines), new AcceleratorChoice(Accelerator.Tcg, "no kvm here"), facts, World.Api.Client(), World.Time, NullLoggerFactory.Instance);
        _agent = agent.RunAsync(_agentStop.Token);
    }

    /// <summary>As joining with a new token does.</summary>
    public void ForgetCluster() => File.Delete(ClusterFile);

    public bool RemembersCluster => File.Exists(ClusterFile);

    private string ClusterFile => Path.Combine(_folder, "cluster.json");

    /// <summary>Ends when the agent does, with what it says.</summary>
    public Task Agent => _agent;

    public async Task StopAgentAsync()
    {
        await _agentStop.CancelAsync();
        await Task.WhenAny(_agent);
    }

    /// <summary>A machine that is created, and whose interface gets into its network as soon as it is there.</summary>
    public async Task RunMachineAsync(Func<VirtualMachineSpec, VirtualMachineSpec>? change = null)
    {
        var template = new MachineTemplateSpec
        {
            Os = new() { Family = "linux", Name = "debian" },
            RootDisk = new() { Image = "debian-12", Digest = Digest },
            Boot = new() { Firmware = "Direct", Kernel = new() { Image = "kernel", Digest = Digest } },
            Classes = ["small"],
        };
        foreach (var (name, type) in new[] { ("debian-12", "Disk"), ("kernel", "Kernel") })
        {
            World.Api.Seed(new Image { Metadata = new() { Name = name }, Spec = new() { Type = type, Digest = Digest }, Status = new() { Phase = "Ready", Nodes = ["h1"] } });
        }
        var spec = new VirtualMachineSpec { Template = "debian", Class = "small" };
        World.Api.Seed(new VirtualMachine
        {
            Metadata = new() { Namespace = "p", Name = "web" },
            Spec = change?.Invoke(spec) ?? spec,
            Status = new() { Template = template, Resources = new() { Cpus = 1, Memory = Quantity.Parse("256Mi") } },
        });
        await UntilAsync("the interface", () => World.Api.Find<NetworkInterface>("p", "web-default") is not null);
        var nic = World.Api.Find<NetworkInterface>("p", "web-default")!;
        World.Api.Seed(nic with { Status = new() { Mac = "52:54:00:00:00:01", Addresses = [new() { Address = "10.1.0.5", Origin = "allocated" }], Conditions = [new() { Type = "Ready", Status = "True" }] } });
        await UntilAsync("a running machine", () => Status is { Phase: MachinePhase.Running });
    }

    public Task UntilAsync(string what, Func<bool> condition) => World.UntilAsync(what, () => condition() || (_agent.IsFaulted && !_agentStop.IsCancellationRequested));

    public async Task ChangeSpecAsync(Func<VirtualMachineSpec, VirtualMachineSpec> change)
    {
        using var client = World.Api.Client();
        var machine = Machine!;
        await client.UpdateAsync(machine with { Metadata = machine.Metadata with { ResourceVersion = null }, Spec = change(machine.Spec) }, CancellationToken.None);
    }

    public async Task OperateAsync(string id, string type, bool force = false)
    {
        using var client = World.Api.Client();
        await client.ChangeStatusAsync(Machine!, machine => machine with { Status = machine.Status! with { Operation = new() { Id = id, Type = type, Force = force } } }, CancellationToken.None);
    }

    public async Task DeleteAsync()
    {
        using var client = World.Api.Client();
        await client.DeleteAsync<VirtualMachine>("p", "web", null, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAgentAsync();
        await World.DisposeAsync();
        _agentStop.Dispose();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
        if (_agent.Exception is { } surprise) Assert.Fail(surprise.ToString());
    }
}
