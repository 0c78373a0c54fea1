using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Client;
using Rempart.Api.Meta;
using Rempart.Api.Tickets;
using Rempart.Telemetry.Metrics;
using Rempart.Node.Agent;
using Rempart.Node.Machines;
using Rempart.Node.Tests.Agent;
using Rempart.Node.Tests.BadInput;
using Rempart.Node.Tunnel;
using Rempart.Runtime.Controllers;

namespace Rempart.Node.Tests.Load;

/// <summary>The real server with its controllers and the real agent with its certificate and tunnel; only the host is on paper: machines are entries, and there is room for any number.</summary>
internal sealed partial class PaperCluster : IAsyncDisposable
{
    private readonly ServerProgram _server = new();
    private readonly FakeHost _host = new();
    private readonly MetricsCollector _agentMetrics = new(ControllerMetrics.Meter);
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private ApiClient? _node;
    private HttpClient? _tunnel;
    private Task _agent = Task.CompletedTask;

    public ApiClient Admin { get; private set; } = null!;

    /// <summary>What the host on paper still has.</summary>
    public IReadOnlyList<string> Left => _host.Left;

    public Task Agent => _agent;

    private CancellationToken Stop => _stop.Token;

    public static async Task<PaperCluster> StartAsync()
    {
        var cluster = new PaperCluster();
        await cluster._server.StartAsync(cluster.Stop);
        cluster.Admin = cluster._server.Client("admin");
        await cluster.JoinAsync();
        await ClusterContent.PrepareAsync(cluster._server, cluster.Admin, [1], [2], [3], cluster.Stop);
        return cluster;
    }

    /// <summary>Resident memory of the server's process in bytes.</summary>
    public long ServerMemory() => 1024 * long.Parse(
        File.ReadLines($"/proc/{_server.Pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    /// <summary>The sum of a metric's series, by what the server and the agent tell.</summary>
    public async Task<(double Server, double Agent)> MetricAsync(string name)
    {
        var text = await Admin.SendAsync(HttpMethod.Get, "/metrics", null, null, "text/plain", Stop);
        return (Sum(Encoding.UTF8.GetString(text.Span), name), Sum(_agentMetrics.Text(), name));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_agent);
        _node?.Dispose();
        _tunnel?.Dispose();
        Admin?.Dispose();
        await _server.DisposeAsync();
        _agentMetrics.Dispose();
        _stop.Dispose();
    }

    private static double Sum(string text, string name) => Line().Matches(text)
        .Where(line => line.Groups["name"].Value == name).Sum(line => double.Parse(line.Groups["value"].Value, CultureInfo.InvariantCulture));

    private async Task JoinAsync()
    {
        var settings = new AgentSettings(Directory.CreateDirectory(Path.Combine(_server.Folder, "node")).FullName, _server.Url, "h1");
        File.Copy(_server.PathOf("pki/ca.crt"), settings.AuthorityFile);
        File.Copy(_server.PathOf("node.token"), settings.TokenFile);
        var identity = new NodeIdentity(settings, connection => ApiClient.Connect(connection, TimeProvider.System), TimeProvider.System, NullLogger.Instance);
        await identity.EnsureAsync(Stop);
        _node = ApiClient.Connect(identity.Connection, TimeProvider.System);
        _tunnel = ApiTransport.Create(identity.Connection);
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(settings.AuthorityFile);
        var tunnel = new TunnelClient(_tunnel, "h1", new TicketVerifier("h1", authorities, TimeProvider.System), [new UploadHandler(_host)], TimeProvider.System, NullLogger<TunnelClient>.Instance);
        _agent = new NodeAgent(settings, _host.Drivers(new FakeMachines(TimeProvider.System)), new AcceleratorChoice(Accelerator.Tcg, "no kvm here"), new HostFacts(4096, 8L << 40, new()), _node, TimeProvider.System, NullLoggerFactory.Instance)
        {
            Beside = [("tunnel", tunnel.RunAsync)],
        }.RunAsync(Stop);
        for (var i = 0; i < 300; i++)
        {
            try
            {
                if ((await Admin.FindAsync<Api.Core.Node>(null, "h1", Stop))?.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true) return;
            }
            catch (ApiException)
            {
                // Asked again.
            }

            await Task.Delay(100, Stop);
        }

        Assert.Fail("the node never got ready");
    }

    [GeneratedRegex("""(?m)^(?<name>[a-zA-Z_:]+)(\{[^}]*\})? (?<value>[-+0-9.eE]+)$""")]
    private static partial Regex Line();
}
