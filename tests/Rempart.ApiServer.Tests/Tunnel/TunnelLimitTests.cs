extern alias agent;

using agent::Rempart.Node.Tunnel;
using Rempart.Api.Audit;
using Rempart.Api.Tunnel;
using Rempart.Testing.Time;

namespace Rempart.ApiServer.Tests.Tunnel;

/// <summary>Nodes, viewers and guests that do nothing, too much, or leave in the middle. The server's clock is the test's.</summary>
public sealed class TunnelLimitTests
{
    private readonly ManualTime time = new(TimeProvider.System.GetUtcNow());

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_node_that_does_not_answer_is_given_up_and_its_streams_are_free_again()
    {
        await using var world = await TunnelWorld.StartAsync(time: time);
        await world.MachineAsync("first");
        await using var node = new MuteNode(world.Server.ClientOf("system:node:n1, O=system:nodes"));
        await node.StandAsync();

        // Once more than an object may have streams at a time.
        for (var i = 1; i <= TunnelLimits.StreamsOfObject + 1; i++)
        {
            var answer = world.Server.GetAsync(TunnelWorld.Console("first"));
            await Eventually.HoldsAsync("the question", () => node.Asked == i, Stop);
            await Eventually.HoldsAsync("the end of patience", time, TimeSpan.FromSeconds(1), () => answer.IsCompleted, Stop);
            var (code, status) = await answer;
            Assert.Equal((504, "Timeout"), (code, status["reason"]!.GetValue<string>()));
            Assert.Equal("node `n1` has not opened the stream within 10 s: try again, and look at its agent's log", status["message"]!.GetValue<string>());
        }

        await Eventually.HoldsAsync("the outcomes", () => Outcomes(world).Count == TunnelLimits.StreamsOfObject + 1, Stop);
        Assert.All(Outcomes(world), record => Assert.Equal(504, record.Status));
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0, 1, 42 })]
    [InlineData(new byte[] { 9, 255, 255, 255, 255 })]
    [InlineData(new byte[] { 3, 0, 0, 0, 1, 42 })]
    [InlineData(new byte[] { 2, 0 })]
    public async Task A_node_that_begins_a_stream_with_nonsense_is_told_as_gone(byte[] bytes)
    {
        await using var world = await TunnelWorld.StartAsync(time: time);
        await world.MachineAsync("first");
        await using var node = new MuteNode(world.Server.ClientOf("system:node:n1, O=system:nodes"), bytes);
        await node.StandAsync();
        var (code, status) = await world.Server.GetAsync(TunnelWorld.Console("first"));
        Assert.Equal((503, "node `n1` has gone: try again"), (code, status["message"]!.GetValue<string>()));
        await Eventually.HoldsAsync("the outcome", () => Outcomes(world) is [{ Status: 503 }], Stop);
    }

    [Fact]
    public async Task A_guest_that_floods_stands_still_for_a_slow_viewer_and_can_still_be_typed_to()
    {
        var guest = new FloodingGuest();
        await using var world = await TunnelWorld.StartAsync();
        await world.MachineAsync("first");
        await world.AgentAsync(new ConsoleHandler((_, _) => Task.FromResult(guest.Console)));
        using var socket = await world.ConnectAsync("first");
        await StandstillAsync(() => guest.Printed);

        // Windows of HTTP/2, buffers of two sockets: no more than these is held for a viewer who does not read.
        Assert.InRange(guest.Printed, 1, 24 * 1024 * 1024);
        await TunnelWorld.SendAsync(socket, 0, "\u0003");
        var (shown, last) = (0L, (byte)0);
        for (var text = ""; last != 255; shown += text.Length) (last, text) = await TunnelWorld.ReceiveAsync(socket);
        Assert.InRange(shown, 1, guest.Printed + 100);
    }

    [Fact]
    public async Task A_node_that_disconnects_in_the_middle_and_comes_back_serves_again()
    {
        await using var world = await TunnelWorld.StartAsync();
        await world.MachineAsync("first");
        for (var i = 0; i < 3; i++)
        {
            using var agent = await world.AgentAsync(new EchoHandler());
            using var socket = await world.ConnectAsync("first");
            await TunnelWorld.SendAsync(socket, 0, "x");
            Assert.Equal((0, "x"), await TunnelWorld.ReceiveAsync(socket));
            await agent.CancelAsync();
            Assert.Equal((255, "the node has gone"), await TunnelWorld.ReceiveAsync(socket));
            await Eventually.HoldsAsync("the outcome", () => Outcomes(world).Count == i + 1, Stop);
            await Eventually.HoldsAsync("the end of the tunnel", () => world.Server.Audit.Records.Count(r => r is { Subresource: "tunnel", Stage: AuditStage.Outcome }) == i + 1, Stop);
        }

        Assert.All(Outcomes(world), record => Assert.Contains("the node has gone", record.Note, StringComparison.Ordinal));
    }

    private static List<AuditRecord> Outcomes(TunnelWorld world) => [.. world.Server.Audit.Records.Where(record => record is { Subresource: "console", Stage: AuditStage.Outcome })];

    private static async Task StandstillAsync(Func<long> count)
    {
        var (last, still) = (-1L, 0);
        await Eventually.HoldsAsync("that the flood stands still", () =>
        {
            still = count() == last && last > 0 ? still + 1 : 0;
            last = count();
            return still >= 60;
        }, Stop);
    }
}
