extern alias agent;

using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Text;
using Rempart.Api.Audit;
using Rempart.Api.Compute;
using Rempart.ApiServer.Certificates;
using agent::Rempart.Node.Tunnel;
using agent::Rempart.Node.Workloads;
using Rempart.Testing.Streams;
using Rempart.Testing.Time;

namespace Rempart.ApiServer.Tests.Tunnel;

public sealed class ConsoleTests
{
    [Fact]
    public async Task Bytes_and_control_documents_flow_both_ways_and_the_session_is_recorded()
    {
        await using var world = await TunnelWorld.StartAsync();
        await world.MachineAsync("first");
        await world.AgentAsync(new EchoHandler());

        using var socket = await world.ConnectAsync("first");
        Assert.Equal("console.rempart.dev", socket.SubProtocol);
        await TunnelWorld.SendAsync(socket, 0, "hello");
        Assert.Equal((0, "hello"), await TunnelWorld.ReceiveAsync(socket));
        await TunnelWorld.SendAsync(socket, 1, """{"resize":{"columns":80,"rows":24}}""");
        Assert.Equal((1, """{"resize":{"columns":80,"rows":24}}"""), await TunnelWorld.ReceiveAsync(socket));
        var large = new string('x', 60_000);
        await TunnelWorld.SendAsync(socket, 0, large);
        Assert.Equal((0, large), await TunnelWorld.ReceiveAsync(socket));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "detached", TestContext.Current.CancellationToken);

        var records = () => world.Server.Audit.Records.Where(r => r.Subresource == "console").ToList();
        await Eventually.HoldsAsync("the outcome", () => records().Count == 2, TestContext.Current.CancellationToken);
        Assert.Equal([AuditStage.Intent, AuditStage.Outcome], records().Select(r => r.Stage));
        Assert.All(records(), r => Assert.Equal(("alice", "first", "allow"), (r.User, r.Name, r.Decision)));
        Assert.Equal(101, records()[1].Status);
        Assert.Contains("closed by the viewer; 60005 bytes typed, 60005 bytes shown", records()[1].Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_agent_joins_a_guests_console_and_says_when_it_stops()
    {
        var (fromGuest, toGuest) = (new Pipe(), new Pipe());
        await using var world = await TunnelWorld.StartAsync();
        var machine = await world.MachineAsync("first");
        await world.AgentAsync(new ConsoleHandler((uid, _) => uid == machine.Metadata.Uid
            ? Task.FromResult<Stream>(new DuplexStream(fromGuest.Reader.AsStream(), toGuest.Writer.AsStream())) : throw new WorkloadException("the machine does not run, so it has no console")));

        using var socket = await world.ConnectAsync("first");
        await TunnelWorld.SendAsync(socket, 0, "root\n");
        var typed = await toGuest.Reader.ReadAtLeastAsync(5, TestContext.Current.CancellationToken);
        Assert.Equal("root\n", Encoding.ASCII.GetString(typed.Buffer));
        await fromGuest.Writer.WriteAsync("login:"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal((0, "login:"), await TunnelWorld.ReceiveAsync(socket));
        await fromGuest.Writer.CompleteAsync();
        Assert.Equal((255, "the machine has stopped"), await TunnelWorld.ReceiveAsync(socket));
    }

    [Theory]
    [InlineData(MachinePhase.Stopped, 409, "does not run")]
    [InlineData(MachinePhase.Scheduled, 409, "does not run yet")]
    [InlineData(MachinePhase.Running, 503, "node `n1` is not connected to this server")]
    public async Task What_is_wrong_is_told_before_the_upgrade(string phase, int code, string why)
    {
        await using var world = await TunnelWorld.StartAsync();
        await world.MachineAsync("first", phase);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => world.ConnectAsync("first"));
        Assert.Equal($"refused with {code}", refused.Message);
        var (got, status) = await world.Server.GetAsync(TunnelWorld.Console("first"));
        Assert.Equal(code, got);
        Assert.Contains(why, status["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_ordinary_request_is_told_to_upgrade_or_what_the_node_says()
    {
        await using var world = await TunnelWorld.StartAsync();
        await world.MachineAsync("first");
        await world.MachineAsync("second");
        var first = (await world.Server.GetAsync("/apis/compute.rempart.dev/v1/namespaces/default/virtualmachines/first")).Body["metadata"]!["uid"]!.GetValue<string>();
        await world.AgentAsync(new ConsoleHandler((uid, _) => uid == first ? Task.FromResult<Stream>(new MemoryStream()) : throw new WorkloadException("the machine does not run, so it has no console")));
        var (code, status) = await world.Server.GetAsync(TunnelWorld.Console("first"));
        Assert.Equal(400, code);
        Assert.Contains("must be a WebSocket upgrade", status["message"]!.GetValue<string>(), StringComparison.Ordinal);
        (code, status) = await world.Server.GetAsync(TunnelWorld.Console("second"));
        Assert.Equal(409, code);
        Assert.Contains("the machine does not run, so it has no console", status["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_not_and_pages_of_others_are_refused_and_recorded()
    {
        await using var world = await TunnelWorld.StartAsync();
        await world.MachineAsync("first");
        await world.AgentAsync(new EchoHandler());
        Assert.Equal("refused with 403", (await Assert.ThrowsAsync<InvalidOperationException>(() => world.ConnectAsync("first", "mallory"))).Message);
        Assert.Equal("refused with 403", (await Assert.ThrowsAsync<InvalidOperationException>(() => world.ConnectAsync("first", origin: "https://evil.example"))).Message);
        Assert.Equal(2, world.Server.Audit.Records.Count(r => r is { Subresource: "console", Decision: "deny", Status: 403 }));
        using var own = await world.ConnectAsync("first", origin: world.Server.Address.GetLeftPart(UriPartial.Authority));
        Assert.Equal(WebSocketState.Open, own.State);
    }

    [Fact]
    public async Task Only_the_node_itself_opens_its_tunnel()
    {
        await using var world = await TunnelWorld.StartAsync();
        Assert.Equal(403, (await world.Server.PostAsync("/api/v1/nodes/n1/tunnel", "")).Code);
        using var other = world.Server.ClientOf("system:node:n2, O=system:nodes");
        Assert.Equal(403, (await world.Server.SendAsync(HttpMethod.Post, "/api/v1/nodes/n1/tunnel", client: other)).Code);
        Assert.Equal(403, (await world.Server.SendAsync(HttpMethod.Post, "/api/v1/nodes/n1/tunnel/0123", client: other)).Code);
        await world.AgentAsync(new EchoHandler());
        using var self = world.Server.ClientOf("system:node:n1, O=system:nodes");
        using var old = world.Server.ClientOf("system:node:n1, O=system:nodes", System.Net.HttpVersion.Version11);
        Assert.Equal(400, (await world.Server.SendAsync(HttpMethod.Post, "/api/v1/nodes/n1/tunnel/0123", client: old)).Code);
        using var unasked = await self.PostAsync("/api/v1/nodes/n1/tunnel/0123", null, TestContext.Current.CancellationToken);
        Assert.Equal(404, (int)unasked.StatusCode);
    }

    [Fact]
    public async Task A_ticket_of_another_authority_opens_nothing()
    {
        await using var world = await TunnelWorld.StartAsync();
        await world.MachineAsync("first");
        using var foreign = CertificateAuthority.CreateRoot("other", TimeProvider.System);
        using var own = await world.AgentAsync(new AgentAround { Trust = [foreign] }, new EchoHandler());
        var (code, status) = await world.Server.GetAsync(TunnelWorld.Console("first"));
        Assert.Equal(502, code);
        Assert.Contains("did not accept the ticket", status["message"]!.GetValue<string>(), StringComparison.Ordinal);
        await own.CancelAsync();
    }

    [Fact]
    public async Task The_console_ends_with_the_machine_its_run_and_its_node()
    {
        await using var world = await TunnelWorld.StartAsync();
        var deleted = await world.MachineAsync("deleted");
        var stopped = await world.MachineAsync("stopped");
        await world.MachineAsync("orphan");
        var agent = await world.AgentAsync(new EchoHandler());
        using var a = await world.ConnectAsync("deleted");
        using var b = await world.ConnectAsync("stopped");
        using var c = await world.ConnectAsync("orphan");

        await world.Server.Host.Writer.DeleteAsync(deleted, TestContext.Current.CancellationToken);
        Assert.Equal((255, "the machine was deleted"), await TunnelWorld.ReceiveAsync(a));
        await world.Server.Host.Writer.UpdateAsync(stopped with { Status = stopped.Status! with { Phase = MachinePhase.Stopped } }, TestContext.Current.CancellationToken);
        Assert.Equal((255, "the machine does not run, so it has no console: start it first"), await TunnelWorld.ReceiveAsync(b));
        await TunnelWorld.SendAsync(c, 0, "still here");
        Assert.Equal((0, "still here"), await TunnelWorld.ReceiveAsync(c));
        await agent.CancelAsync();
        Assert.Equal((255, "the node has gone"), await TunnelWorld.ReceiveAsync(c));
        agent.Dispose();
    }

    [Fact]
    public async Task The_console_ends_when_access_is_withdrawn_or_the_server_stops()
    {
        var rights = new RightsThatEnd();
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var world = await TunnelWorld.StartAsync(rights, time);
        await world.MachineAsync("first");
        await world.AgentAsync(new EchoHandler());
        using var socket = await world.ConnectAsync("first");
        await TunnelWorld.SendAsync(socket, 0, "x");
        await TunnelWorld.ReceiveAsync(socket);
        rights.Ended = true;
        var end = TunnelWorld.ReceiveAsync(socket);
        await Eventually.HoldsAsync("the end of the console", time, TimeSpan.FromSeconds(1), () => end.IsCompleted, TestContext.Current.CancellationToken);
        Assert.Contains("access was withdrawn", (await end).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_viewer_who_does_not_read_stops_its_guest_only_and_fills_no_memory()
    {
        await using var world = await TunnelWorld.StartAsync();
        await world.MachineAsync("loud");
        await world.MachineAsync("quiet");
        var flood = new FloodHandler();
        await world.AgentAsync(flood);
        using var deaf = await world.ConnectAsync("loud");
        var (last, still) = (-1L, 0);
        await Eventually.HoldsAsync("that the flood stands still", () =>
        {
            still = flood.Sent == last && last > 0 ? still + 1 : 0;
            last = flood.Sent;
            return still >= 60;
        }, TestContext.Current.CancellationToken);
        Assert.InRange(flood.Sent, 1, 24 * 1024 * 1024);
        using var other = await world.ConnectAsync("quiet");
        await TunnelWorld.SendAsync(other, 0, "hello");
        Assert.Equal((0, "hello"), await TunnelWorld.ReceiveAsync(other));
    }

    [Fact]
    public async Task Of_two_tunnels_of_a_node_the_newest_counts()
    {
        await using var world = await TunnelWorld.StartAsync();
        await world.MachineAsync("first");
        await world.AgentAsync();
        await world.AgentAsync(new EchoHandler());
        await Eventually.HoldsAsync("the end of the old tunnel", () => world.Server.Audit.Records.Any(r => r is { Subresource: "tunnel", Stage: AuditStage.Outcome }), TestContext.Current.CancellationToken);
    }
}
