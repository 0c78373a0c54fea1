using System.Net.WebSockets;
using Rempart.Api.Audit;
using Rempart.Api.Compute;
using Rempart.ApiServer.Tests.Tunnel;
using Rempart.ApiServer.Tickets;
using Rempart.Testing.Time;

namespace Rempart.ApiServer.Tests.BadInput;

/// <summary>
/// Tickets go from the server to the agent inside the tunnel. Somebody in between, with everything that a server which was taken over
/// has but its signing key, shows the agent tickets that were used, are old, or were made for something else.
/// </summary>
public sealed class TicketStories : IAsyncLifetime
{
    private readonly Meddler meddler = new();
    private readonly EchoHandler guest = new();
    private readonly ManualTime clock = new(TimeProvider.System.GetUtcNow());
    private TunnelWorld world = null!;
    private VirtualMachine first = null!;

    public async ValueTask InitializeAsync()
    {
        world = await TunnelWorld.StartAsync();
        first = await world.MachineAsync("first");
        await world.MachineAsync("second");
        await world.AgentAsync(new AgentAround { Between = meddler, TicketTime = clock }, guest);
    }

    [Fact]
    public async Task A_replayed_ticket()
    {
        await OpensAsync("first");
        meddler.Change = _ => meddler.Seen[0] with { Id = meddler.Seen[^1].Id };
        await RefusedAsync("the ticket was used already");
    }

    [Fact]
    public async Task An_expired_ticket()
    {
        // The agent's clock was set when the world was made; the server's has gone on since, for as long as a busy host took.
        clock.Advance(TimeSpan.FromMinutes(5));
        await RefusedAsync("the ticket has expired; ask for the stream again");
    }

    [Fact]
    public async Task Another_users_ticket()
    {
        var unused = "";
        meddler.Change = opening =>
        {
            unused = opening.Ticket;
            return opening with { Ticket = "" };
        };
        await RefusedAsync("this is no ticket", "bob");
        meddler.Change = opening => opening with { Ticket = unused };
        await RefusedAsync($"the ticket is for request `{meddler.Seen[0].AuditId}` of `bob`, not for request");
    }

    [Fact]
    public async Task Another_machines_ticket()
    {
        await OpensAsync("second");
        meddler.Change = opening => opening with { Ticket = meddler.Seen[0].Ticket, AuditId = meddler.Seen[0].AuditId };
        await RefusedAsync($"the ticket is for VirtualMachine `{meddler.Seen[0].Uid}`, not for VirtualMachine `{first.Metadata.Uid}`");
    }

    [Fact]
    public async Task A_good_ticket_for_another_machine_than_it_names()
    {
        var other = (await world.Server.GetAsync("/apis/compute.rempart.dev/v1/namespaces/default/virtualmachines/second")).Body["metadata"]!["uid"]!.GetValue<string>();
        meddler.Change = opening => opening with { Uid = other };
        await RefusedAsync($"not for VirtualMachine `{other}`");
    }

    [Theory]
    [InlineData("vnc", "n1", "the ticket is for stream `vnc`, not for `console`")]
    [InlineData("upload", "n1", "the ticket is for stream `upload`, not for `console`")]
    [InlineData("console", "n2", "the ticket is for node `n2`, this is `n1`")]
    public async Task Another_verbs_or_another_nodes_ticket(string stream, string node, string why)
    {
        using var signer = new TicketSigner(world.Server.Keys.Authority, world.Server.Keys.Ticket, TimeProvider.System);
        meddler.Change = opening => opening with { Ticket = signer.Sign("VirtualMachine", "default", "first", first.Metadata.Uid!, stream, node, opening.AuditId, "alice") };
        await RefusedAsync(why);
    }

    public async ValueTask DisposeAsync() => await world.DisposeAsync();

    private async Task OpensAsync(string machine)
    {
        using var socket = await world.ConnectAsync(machine);
        await TunnelWorld.SendAsync(socket, 0, "x");
        Assert.Equal((0, "x"), await TunnelWorld.ReceiveAsync(socket));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "detached", TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync("its outcome", () => Outcomes().Count == 1, TestContext.Current.CancellationToken);
    }

    // The viewer is told, nobody has reached the guest, the trail has it, and the next one in order is served.
    private async Task RefusedAsync(string why, string user = "alice")
    {
        var (served, outcomes) = (guest.Served, Outcomes().Count);
        var (code, status) = await world.Server.SendAsync(HttpMethod.Get, TunnelWorld.Console("first"), client: world.Server.ClientOf(user));
        Assert.Equal((502, "Failure"), (code, status["status"]!.GetValue<string>()));
        Assert.StartsWith("node `n1` did not accept the ticket of the stream: ", status["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains(why, status["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(served, guest.Served);
        await Eventually.HoldsAsync("the outcome", () => Outcomes().Count == outcomes + 1, TestContext.Current.CancellationToken);
        var record = Outcomes()[^1];
        Assert.Equal((user, 502, "first"), (record.User, record.Status, record.Name));
        Assert.Contains(why, record.Note, StringComparison.Ordinal);
    }

    private List<AuditRecord> Outcomes() => [.. world.Server.Audit.Records.Where(record => record is { Subresource: "console", Stage: AuditStage.Outcome })];
}
