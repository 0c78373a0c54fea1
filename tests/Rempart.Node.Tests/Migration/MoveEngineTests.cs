using System.Net;
using System.Net.Sockets;
using System.Text;
using Rempart.Node.Migration;
using Rempart.Node.Workloads;
using static Rempart.Node.Tests.Machines.JailHost;

namespace Rempart.Node.Tests.Migration;

[Trait("level", "real")]
public sealed class MoveEngineTests : IAsyncLifetime
{
    private readonly EngineHost _one = new();
    private readonly EngineHost _two = new();
    private readonly string _uid = NewUid();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_guest_goes_to_and_fro_ten_times_and_finds_every_page_and_block_as_it_left_them()
    {
        await _one.StartAsync(_uid, Cancellation);
        var console = new StringBuilder();
        var (here, there) = (_one, _two);
        for (var move = 1; move <= 10; move++)
        {
            console.Append(await MoveAsync(here, there));
            await there.RoundsAsync(_uid, 40, Cancellation);
            (here, there) = (there, here);
        }
        console.Append(await here.ConsoleAsync(_uid, Cancellation));
        PageGuest.AssertWhole(console.ToString());
        Assert.Equal(WorkloadPhase.Running, (await here.Driver.InspectAsync(_uid, Cancellation)).Phase);
        Assert.True(PageGuest.Rounds(console.ToString()).Count > 400);
    }

    [Fact]
    public async Task A_source_with_another_authority_is_refused_the_guest_goes_on_and_the_right_one_comes_in_later()
    {
        await _one.StartAsync(_uid, Cancellation);
        var move = NewUid();
        var stranger = MoveKeys.Create(move, MoveRole.Source, TimeProvider.System);
        var source = MoveKeys.Create(move, MoveRole.Source, TimeProvider.System);
        var target = MoveKeys.Create(move, MoveRole.Target, TimeProvider.System);
        var ports = await _two.ListenAsync(_uid, move, await _one.ShapeAsync(_uid, Cancellation), target, source.Authority, Cancellation);

        await _one.LoadAsync(_uid, move, stranger, target.Authority, Cancellation);
        await Assert.ThrowsAnyAsync<Exception>(() => _one.SendAsync(_uid, Settings(move, ports), _ => false, Cancellation));
        Assert.Equal("running", await _one.StateAsync(_uid, Cancellation));
        await _one.RollBackAsync(_uid, Cancellation);

        // And one who shows nothing at all, at both doors.
        foreach (var port in new[] { ports.Memory, ports.Disks!.Value })
        {
            using var silent = await MoveSockets.ConnectAsync(IPAddress.Loopback, new IPEndPoint(IPAddress.Loopback, port), Cancellation);
            await silent.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray(), Cancellation);
        }
        Assert.Equal("inmigrate", await _two.StateAsync(_uid, Cancellation));

        await _one.LoadAsync(_uid, move, source, target.Authority, Cancellation);
        var view = await _one.SendAsync(_uid, Settings(move, ports), _ => false, Cancellation);
        Assert.Equal(SourceStage.Sent, view.Stage);
        await _two.LoadedAsync(_uid, Cancellation);
        await _two.LetGoAsync(_uid, ports.Disks, Cancellation);
        await _two.RoundsAsync(_uid, 20, Cancellation);
        PageGuest.AssertWhole(await _one.ConsoleAsync(_uid, Cancellation) + await _two.ConsoleAsync(_uid, Cancellation));
    }

    [Fact]
    public async Task Nobody_but_root_of_the_peer_reaches_a_target_and_a_client_that_says_nothing_does_not_hold_its_guest()
    {
        await _one.StartAsync(_uid, Cancellation);
        var move = NewUid();
        var (source, target) = (MoveKeys.Create(move, MoveRole.Source, TimeProvider.System), MoveKeys.Create(move, MoveRole.Target, TimeProvider.System));
        var ports = await _two.ListenAsync(_uid, move, await _one.ShapeAsync(_uid, Cancellation), target, source.Authority, Cancellation);
        Assert.False(await ReachesAsync(IPAddress.Loopback, 0, ports.Memory));
        Assert.False(await ReachesAsync(IPAddress.Parse("127.0.0.9"), 0, ports.Disks!.Value));
        using var silent = await MoveSockets.ConnectAsync(IPAddress.Loopback, new IPEndPoint(IPAddress.Loopback, ports.Disks.Value), Cancellation);
        Assert.True(await silent.ReceiveAsync(new byte[64], Cancellation) > 0);

        await _one.LoadAsync(_uid, move, source, target.Authority, Cancellation);
        Assert.Equal(SourceStage.Sent, (await _one.SendAsync(_uid, Settings(move, ports), _ => false, Cancellation)).Stage);
        await _two.LoadedAsync(_uid, Cancellation);
        await _two.LetGoAsync(_uid, ports.Disks, Cancellation);
        await _two.RoundsAsync(_uid, 20, Cancellation);
        Assert.Equal(0, await silent.ReceiveAsync(new byte[64], Cancellation));
        Assert.False(await ReachesAsync(IPAddress.Loopback, 700, ports.Disks.Value));
    }

    [Theory]
    [InlineData("sending")]
    [InlineData("switching")]
    [InlineData("sent")]
    [InlineData("target killed")]
    public async Task A_move_that_is_given_up_leaves_the_guest_where_it_was_whole_and_nothing_elsewhere(string when)
    {
        await _one.StartAsync(_uid, Cancellation);
        var move = NewUid();
        var (source, target) = (MoveKeys.Create(move, MoveRole.Source, TimeProvider.System), MoveKeys.Create(move, MoveRole.Target, TimeProvider.System));
        var ports = await _two.ListenAsync(_uid, move, await _one.ShapeAsync(_uid, Cancellation), target, source.Authority, Cancellation);
        await _one.LoadAsync(_uid, move, source, target.Authority, Cancellation);
        var settings = Settings(move, ports) with { Bandwidth = when is "sending" or "target killed" ? 4 << 20 : null };
        var view = await _one.SendAsync(_uid, settings, seen => when switch
        {
            "sending" or "target killed" => seen.Memory.Transferred > 2 << 20,
            "switching" => seen.Stage == SourceStage.Switching,
            _ => seen.Stage == SourceStage.Sent,
        }, Cancellation);
        Assert.Equal(when switch { "switching" => SourceStage.Switching, "sent" => SourceStage.Sent, _ => SourceStage.Sending }, view.Stage);
        if (when == "target killed")
        {
            await _two.Driver.KillAsync(_uid, Cancellation);
            view = await _one.SendAsync(_uid, settings, _ => false, Cancellation);
            Assert.Equal(SourceStage.Failed, view.Stage);
        }
        if (when == "sent") Assert.Equal("postmigrate", await _one.StateAsync(_uid, Cancellation));
        await _two.Driver.DeleteAsync(_uid, Cancellation);
        await _one.RollBackAsync(_uid, Cancellation);
        var before = PageGuest.Rounds(await _one.ConsoleAsync(_uid, Cancellation)).Count;
        await _one.RoundsAsync(_uid, before + 30, Cancellation);
        PageGuest.AssertWhole(await _one.ConsoleAsync(_uid, Cancellation));
        Assert.DoesNotContain(_uid, _two.Jails.Inventory(), StringComparison.Ordinal);

        // And it can still go, as if nothing had been.
        await MoveAsync(_one, _two);
        await _two.RoundsAsync(_uid, 20, Cancellation);
    }

    [Fact]
    public async Task A_mirror_that_has_come_to_its_end_may_be_told_again_to_do_so()
    {
        await _one.StartAsync(_uid, Cancellation);
        var move = NewUid();
        var (source, target) = (MoveKeys.Create(move, MoveRole.Source, TimeProvider.System), MoveKeys.Create(move, MoveRole.Target, TimeProvider.System));
        var ports = await _two.ListenAsync(_uid, move, await _one.ShapeAsync(_uid, Cancellation), target, source.Authority, Cancellation);
        await _one.LoadAsync(_uid, move, source, target.Authority, Cancellation);
        var view = await _one.SendAsync(_uid, Settings(move, ports) with { Bandwidth = 4 << 20 }, seen => seen.Jobs.Count > 0 && seen.Jobs.All(job => job.Status == QemuJob.Ready), Cancellation);
        var job = Assert.Single(view.Jobs);
        // It takes a moment, and who looked before that sees it ready still.
        await _one.Moves.UseAsync(_uid, (_, session, token) => SourceEngine.EndMirrorAsync(session, job, token), Cancellation);
        await EventuallyAsync(() => _one.Driver.UseAsync(_uid, (_, session, token) => SourceEngine.JobsAsync(session, token), Cancellation), jobs => jobs.All(one => one.Status == QemuJob.Concluded), Cancellation);
        await _one.Moves.UseAsync(_uid, (_, session, token) => SourceEngine.EndMirrorAsync(session, job, token), Cancellation);
        await _one.RollBackAsync(_uid, Cancellation);
        Assert.Equal("running", await _one.StateAsync(_uid, Cancellation));
    }

    [Fact]
    public async Task An_arrival_that_was_completed_once_is_not_taken_for_this_guests_departure()
    {
        await _one.StartAsync(_uid, Cancellation);
        await MoveAsync(_one, _two);
        var move = NewUid();
        var (source, target) = (MoveKeys.Create(move, MoveRole.Source, TimeProvider.System), MoveKeys.Create(move, MoveRole.Target, TimeProvider.System));
        var ports = await _one.ListenAsync(_uid, move, await _two.ShapeAsync(_uid, Cancellation), target, source.Authority, Cancellation);
        await _two.LoadAsync(_uid, move, source, target.Authority, Cancellation);
        // As an agent leaves it that dies right before it sends memory.
        await _two.Moves.UseAsync(_uid, (_, session, token) => session.Qmp.ExecuteAsync("migrate-set-parameters", new() { ["tls-creds"] = MoveCredentials.Id }, [], token), Cancellation);
        Assert.Equal(QemuMigration.Completed, (await _two.Driver.UseAsync(_uid, (_, session, token) => QemuMigration.ReadAsync(session, token), Cancellation)).Status);
        Assert.Equal(SourceStage.Sending, (await _two.SendAsync(_uid, Settings(move, ports), _ => true, Cancellation)).Stage);
        Assert.Equal("running", await _two.StateAsync(_uid, Cancellation));

        Assert.Equal(SourceStage.Sent, (await _two.SendAsync(_uid, Settings(move, ports), _ => false, Cancellation)).Stage);
        Assert.Equal("postmigrate", await _two.StateAsync(_uid, Cancellation));
        await _one.LoadedAsync(_uid, Cancellation);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
    }

    private async Task<string> MoveAsync(EngineHost here, EngineHost there)
    {
        var move = NewUid();
        var (source, target) = (MoveKeys.Create(move, MoveRole.Source, TimeProvider.System), MoveKeys.Create(move, MoveRole.Target, TimeProvider.System));
        var ports = await there.ListenAsync(_uid, move, await here.ShapeAsync(_uid, Cancellation), target, source.Authority, Cancellation);
        await here.LoadAsync(_uid, move, source, target.Authority, Cancellation);
        var view = await here.SendAsync(_uid, Settings(move, ports), _ => false, Cancellation);
        Assert.True(view.Stage == SourceStage.Sent, view.Failure);
        await there.LoadedAsync(_uid, Cancellation);
        await there.LetGoAsync(_uid, ports.Disks, Cancellation);
        Assert.Equal("postmigrate", await here.StateAsync(_uid, Cancellation));
        var console = await here.ConsoleAsync(_uid, Cancellation);
        await here.Driver.DeleteAsync(_uid, Cancellation);
        return console;
    }

    private static async Task<bool> ReachesAsync(IPAddress from, int fromPort, int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(from, fromPort));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1.5));
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), limit.Token);
            return true;
        }
        catch (Exception refused) when (refused is OperationCanceledException or SocketException)
        {
            return false;
        }
    }

    private static SourceSettings Settings(string move, (int Memory, int? Disks) ports) => new(move, IPAddress.Loopback, IPAddress.Loopback, ports.Memory, ports.Disks);
}
