using Rempart.Node.Machines;
using Rempart.Node.Migration;
using static Rempart.Node.Tests.Machines.JailHost;

namespace Rempart.Node.Tests.Migration;

/// <summary>What QEMU does with a disk that goes to another file, and which file is the right one if it dies.</summary>
[Trait("level", "real")]
public sealed class PoolEngineTests : IAsyncLifetime
{
    private readonly EngineHost _host = new();
    private readonly string _uid = NewUid();
    private readonly string _move = NewUid();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static PoolDisk Disk => new("", "web-root", "disk0", "local", "fast");

    [Theory]
    [InlineData("ready", true, false)]
    [InlineData("pending", true, true)]
    [InlineData("finalized", false, true)]
    public async Task A_file_has_all_that_the_guest_was_told_is_durable_when_QEMU_is_killed(string when, bool inOld, bool inNew)
    {
        var old = await _host.StartAsync(_uid, Cancellation, sync: 1);
        var target = await PageDisk.MakeAsync(_host.Jails.Settings.DataFolder, Cancellation, "new");
        await BeginAsync(target);
        await JobAsync("ready");
        var before = PageGuest.Rounds(await _host.ConsoleAsync(_uid, Cancellation)).Count;
        await _host.RoundsAsync(_uid, before + 60, Cancellation);
        if (when != "ready") await CompleteAsync();
        if (when == "finalized")
        {
            await FinalizeAsync();
            before = PageGuest.Rounds(await _host.ConsoleAsync(_uid, Cancellation)).Count;
            await _host.RoundsAsync(_uid, before + 60, Cancellation);
        }
        await _host.Driver.KillAsync(_uid, Cancellation);
        var console = await _host.ConsoleAsync(_uid, Cancellation);
        PageGuest.AssertWhole(console);
        if (inOld) await PageBlocks.AssertKeptAsync(Chain(old), PageGuest.Rounds(console)[^1], Cancellation);
        if (inNew) await PageBlocks.AssertKeptAsync(Chain(target), PageGuest.Rounds(console)[^1], Cancellation);
    }

    [Fact]
    public async Task What_is_taken_leaves_nothing_of_the_old_file_in_QEMU_and_what_is_given_up_nothing_of_the_new()
    {
        await _host.StartAsync(_uid, Cancellation);
        var target = await PageDisk.MakeAsync(_host.Jails.Settings.DataFolder, Cancellation, "new");
        await BeginAsync(target);
        await JobAsync("ready");
        await EventuallyAsync(() => UseAsync(session => PoolEngine.RollBackAsync(session, Disk, Cancellation)), done => done, Cancellation);
        Assert.Equal((1, 0), await OpenFilesAsync());

        await BeginAsync(target = await PageDisk.MakeAsync(_host.Jails.Settings.DataFolder, Cancellation, "new"));
        await JobAsync("ready");
        await CompleteAsync();
        await FinalizeAsync();
        Assert.Equal((0, 1), await OpenFilesAsync());
        Assert.Equal(DiskRoots.New("disk0", _move), await UseAsync(session => DiskRoots.FindAsync(session, "disk0", Cancellation)));
        // Seen again by an agent that died right then.
        Assert.True(await UseAsync(session => PoolEngine.IsTakenAsync(session, _move, Disk, Cancellation)));
        await _host.RoundsAsync(_uid, PageGuest.Rounds(await _host.ConsoleAsync(_uid, Cancellation)).Count + 40, Cancellation);
        PageGuest.AssertWhole(await _host.ConsoleAsync(_uid, Cancellation));
        Assert.True(new FileInfo(target.Top).Length > 0);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private async Task BeginAsync(PageDisk target)
    {
        var layers = target.Open();
        await _host.Moves.UseAsync(_uid, (_, session, token) => PoolEngine.BeginAsync(session, _move, Disk, layers[0], isClone: true, 0, token), Cancellation);
        foreach (var layer in layers) layer.File.Dispose();
    }

    private Task<T> UseAsync<T>(Func<RunningMachine, Task<T>> act) => _host.Driver.UseAsync(_uid, (_, session, _) => act(session), Cancellation);

    private async Task JobAsync(string status) => await EventuallyAsync(() => UseAsync(session => PoolEngine.JobsAsync(session, Cancellation)), jobs => jobs["disk0"].Status == status, Cancellation);

    private async Task CompleteAsync()
    {
        await _host.Moves.UseAsync(_uid, async (_, session, token) => await PoolEngine.CompleteAsync(session, (await PoolEngine.JobsAsync(session, token)).Values, token), Cancellation);
        await JobAsync("pending");
    }

    private async Task FinalizeAsync()
    {
        await _host.Moves.UseAsync(_uid, async (_, session, token) => await PoolEngine.FinalizeAsync(session, (await PoolEngine.JobsAsync(session, token)).Values, token), Cancellation);
        await EventuallyAsync(() => UseAsync(session => PoolEngine.IsTakenAsync(session, _move, Disk, Cancellation)), taken => taken, Cancellation);
    }

    // How often QEMU has the old and the new file open.
    private async Task<(int Old, int New)> OpenFilesAsync()
    {
        var pid = await _host.Driver.UseAsync(_uid, (record, _, _) => Task.FromResult(record.Pid!.Value), Cancellation);
        var links = Directory.EnumerateFiles($"/proc/{pid}/fd").Select(file => new FileInfo(file).LinkTarget ?? "").Distinct().ToList();
        return (links.Count(link => link.EndsWith("/top.qcow2", StringComparison.Ordinal)), links.Count(link => link.EndsWith("/new.qcow2", StringComparison.Ordinal)));
    }

    private static string Chain(PageDisk disk) => $"driver=qcow2,file.driver=file,file.filename={disk.Top},backing.driver=raw,backing.file.driver=file,backing.file.filename={disk.Base}";
}
