using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Api.Tracing;
using Rempart.Node.Agent;
using Rempart.Node.Machines;
using Rempart.Node.Tests.Agent;
using Rempart.Node.Tests.Machines;
using Rempart.Runtime.Conditions;
using Rempart.Telemetry.Traces;
using Rempart.Testing.Traces;

namespace Rempart.Node.Tests.Tracing;

/// <summary>The real server in a process of its own, the agent, and a real QEMU: one trace of a machine's start.</summary>
[Trait("level", "real")]
public sealed class MachineTraceTests : IAsyncLifetime
{
    private const string Foreign = "ffffffffffffffffffffffffffffff01";

    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly JailHost _host = new();
    private TraceCollector _collector = null!;
    private TraceExporter? _exporter;
    private ServerProgram _server = null!;
    private ApiClient _admin = null!;
    private ApiClient? _node;
    private Task _agent = Task.CompletedTask;

    private CancellationToken Stop => _stop.Token;

    private FirstSteps Steps => new(_server, _admin, Stop);

    public async ValueTask InitializeAsync()
    {
        _collector = await TraceCollector.StartAsync(Stop);
        _server = new ServerProgram { Traces = _collector.Endpoint };
        await _server.StartAsync(Stop);
        _admin = _server.Client("admin");
        _exporter = TraceExporter.Start(TraceSettings.Parse(_collector.Endpoint.AbsoluteUri, null), "rempart-node", "1", "h1", TimeProvider.System, NullLogger.Instance);
    }

    [Fact]
    public async Task One_trace_shows_the_way_of_a_machine_through_all_processes_to_its_first_serial_byte()
    {
        await JoinAsync();
        await PrepareTemplateAsync();
        await _admin.CreateAsync(new Namespace { Metadata = new() { Name = "p" } }, Stop);
        var machine = await CreateAsync();
        await PlugAsync();
        await UntilAsync("the first serial byte", () => _collector.Spans.Any(span => span.Name == "first serial byte"));
        await UntilAsync("the server's part of the last report", () => _collector.Spans.Count(span => span is { Service: "rempart-server", Name: "patch virtualmachines/status" }) > 2);
        // The work that started it ends, and is told, after what it started, and goes on meanwhile: all of it is there when each step's parent is.
        await UntilAsync("the agent's work as a whole", () => _collector.Spans.Any(span => span.Name == "reconcile node" && span.Trace == machine.Metadata.Uid!.Replace("-", "", StringComparison.Ordinal)));
        var uid = machine.Metadata.Uid!;
        List<SeenSpan> trace = [];
        await UntilAsync("a trace whose every step has its parent", () =>
        {
            trace = _collector.Spans.Where(span => span.Trace == uid.Replace("-", "", StringComparison.Ordinal)).ToList();
            return !Orphans(trace).Any();
        });
        Assert.Null(_collector.Problem);

        var first = Assert.Single(trace, span => span.Parent.Length == 0);
        Assert.Equal(("create virtualmachines", MachineTrace.Of(uid).SpanId.ToHexString(), "rempart-server"), (first.Name, first.Id, first.Service));
        Assert.Equal(trace.Count, trace.DistinctBy(span => span.Id).Count());
        string[] story =
        [
            "create virtualmachines", "admission", "audit intent", "store commit", "reconcile machine", "create volumes", "reconcile scheduler", "create virtualmachines/binding", "reconcile node", "clone the volume",
            "plug the port", "write the seed", "create the container", "start the container", "connect to QEMU's monitor", "plug the devices", "record the run", "first serial byte",
        ];
        Assert.All(story, step => Assert.Contains(trace, span => span.Name == step));
        // Each one's first; the network's and the scheduler's work goes on beside the machine's.
        var times = story.Where(step => step is not ("create volumes" or "reconcile machine" or "plug the port" or "clone the volume")).Select(step => trace.Where(span => span.Name == step).Min(span => span.Start)).ToList();
        Assert.Equal(times.Order(), times);
        Assert.Contains(trace, span => span is { Name: "qmp" } && span.Attributes["qmp.command"] == "cont");
        Assert.Equal(["rempart-node", "rempart-server"], trace.Select(span => span.Service).Distinct().Order(StringComparer.Ordinal));
        // A tenant's header is linked, and begins or joins nothing.
        Assert.DoesNotContain(_collector.Spans, span => span.Trace == Foreign);
        Assert.Equal([Foreign], first.Links);
        Assert.DoesNotContain(_collector.Bodies, body => body.Contains("the-word-of-words", StringComparison.Ordinal));
    }

    // The server's requests are steps of who made them, in the other process.
    private static IEnumerable<SeenSpan> Orphans(IReadOnlyCollection<SeenSpan> trace)
    {
        var ids = trace.Select(span => span.Id).ToHashSet(StringComparer.Ordinal);
        return trace.Where(span => span.Parent.Length > 0 && !ids.Contains(span.Parent));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_agent);
        if (_exporter is not null) await _exporter.DisposeAsync();
        _node?.Dispose();
        _admin.Dispose();
        await _host.DisposeAsync();
        await _server.DisposeAsync();
        await _collector.DisposeAsync();
        _stop.Dispose();
    }

    // As a client does that traces itself.
    private async Task<VirtualMachine> CreateAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, KindInfo.Of<VirtualMachine>().Path("p"))
        {
            Content = new StringContent("""{"apiVersion":"compute.rempart.dev/v1","kind":"VirtualMachine","metadata":{"name":"web"},"spec":{"template":"debian","class":"small","userData":"#cloud-config\n# the-word-of-words"}}""", null, "application/json"),
            Headers = { { "traceparent", $"00-{Foreign}-00000000000000aa-01" } },
        };
        using var response = await _admin.OpenAsync(request, Stop);
        return await _admin.GetAsync<VirtualMachine>("p", "web", Stop);
    }

    private async Task JoinAsync()
    {
        var (settings, identity) = await FirstSteps.JoinAsync(_server, Stop);
        _node = ApiClient.Connect(identity.Connection, TimeProvider.System);
        _agent = new NodeAgent(settings, new FakeHost().Drivers(new MicroMachines(_host.NewDriver())), new AcceleratorChoice(Accelerator.Tcg, "no kvm here"), new HostFacts(2, 4L << 30, new()), _node, TimeProvider.System, NullLoggerFactory.Instance).RunAsync(Stop);
    }

    private async Task PrepareTemplateAsync()
    {
        await Steps.ImageAsync("debian-12", "Disk");
        await Steps.ImageAsync("kernel", "Kernel");
        await Steps.TemplateAsync(FirstSteps.Digest);
        await UntilAsync("the approval", async () => (await _admin.GetAsync<MachineTemplate>(null, "debian", Stop)).Status!.Conditions is { } seen && seen.IsTrue("Approved") && seen.IsTrue("ImagesReady"));
    }

    private async Task PlugAsync()
    {
        NetworkInterface? nic = null;
        await UntilAsync("the interface", async () => (nic = await _admin.FindAsync<NetworkInterface>("p", "web-default", Stop)) is not null);
        await Steps.PlugAsync(nic!);
    }

    private Task UntilAsync(string what, Func<bool> seen) => UntilAsync(what, () => Task.FromResult(seen()));

    private async Task UntilAsync(string what, Func<Task<bool>> seen)
    {
        for (var i = 0; i < 600; i++)
        {
            if (await seen()) return;
            await Task.Delay(100, Stop);
        }
        Assert.Fail($"never seen: {what}; spans: {string.Join(", ", _collector.Spans.Select(span => span.Name))}; {_collector.Problem}; agent: {_agent.Exception}; server: {_server.Log}");
    }
}
