using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Workloads;

/// <summary>The rules of <see cref="IWorkloadDriver{TLaunch}"/>; every driver and every fake of one passes them.</summary>
public abstract class WorkloadDriverConformance
{
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_unknown_workload_is_absent_and_ending_it_does_nothing()
    {
        await using var subject = await CreateAsync();
        const string unknown = "00000000-0000-4000-8000-00000000dead";
        Assert.Equal(WorkloadPhase.Absent, (await subject.InspectAsync(unknown)).Phase);
        Assert.Equal(WorkloadPhase.Absent, (await subject.StopAsync(unknown, TimeSpan.Zero)).Phase);
        Assert.Equal(WorkloadPhase.Absent, (await subject.KillAsync(unknown)).Phase);
        await subject.DeleteAsync(unknown);
        Assert.Empty(await subject.ListAsync());
        await Assert.ThrowsAsync<WorkloadException>(() => subject.OpenConsoleAsync(unknown));
    }

    [Fact]
    public async Task Starting_twice_is_one_start_ending_twice_one_end_and_a_stopped_one_starts_anew()
    {
        await using var subject = await CreateAsync();
        var first = await subject.StartAsync();
        var again = await subject.StartAsync();
        Assert.Equal((WorkloadPhase.Running, 1, first.Pid), (again.Phase, again.Starts, again.Pid));
        Assert.Equal([subject.Uid], await subject.ListAsync());
        await (await subject.OpenConsoleAsync(subject.Uid)).DisposeAsync();

        var killed = await subject.KillAsync(subject.Uid);
        Assert.Equal((WorkloadPhase.Stopped, ExitReason.Killed), (killed.Phase, killed.Exit!.Reason));
        Assert.Equal(killed, await subject.KillAsync(subject.Uid));
        Assert.Equal(killed, await subject.StopAsync(subject.Uid, TimeSpan.Zero));
        await Assert.ThrowsAsync<WorkloadException>(() => subject.OpenConsoleAsync(subject.Uid));

        var anew = await subject.StartAsync();
        Assert.Equal((WorkloadPhase.Running, 2, null), (anew.Phase, anew.Starts, anew.Exit));
        await subject.DeleteAsync(subject.Uid);
        await subject.DeleteAsync(subject.Uid);
        Assert.Equal(WorkloadPhase.Absent, (await subject.InspectAsync(subject.Uid)).Phase);
        Assert.Empty(await subject.ListAsync());
    }

    [Fact]
    public async Task A_stop_is_recorded_with_its_deadline_which_only_comes_nearer_and_is_kept()
    {
        await using var subject = await CreateAsync();
        await subject.StartAsync();
        var stopping = await subject.StopAsync(subject.Uid, TimeSpan.FromHours(1));
        Assert.Equal(WorkloadPhase.Stopping, stopping.Phase);
        Assert.Equal(stopping.StopDeadline, (await subject.StopAsync(subject.Uid, TimeSpan.FromHours(2))).StopDeadline);
        var ended = await subject.StopAsync(subject.Uid, TimeSpan.Zero);
        Assert.Equal((WorkloadPhase.Stopped, ExitReason.Killed), (ended.Phase, ended.Exit!.Reason));
    }

    /// <summary>A driver over an empty host, with one workload that ignores a stop for as long as these stories last.</summary>
    private protected abstract Task<Subject> CreateAsync();

    /// <summary>The driver under test without its launch type.</summary>
    private protected abstract class Subject : IAsyncDisposable
    {
        internal abstract string Uid { get; }

        internal abstract Task<WorkloadState> StartAsync();

        internal abstract Task<WorkloadState> InspectAsync(string uid);

        internal abstract Task<WorkloadState> StopAsync(string uid, TimeSpan grace);

        internal abstract Task<WorkloadState> KillAsync(string uid);

        internal abstract Task DeleteAsync(string uid);

        internal abstract Task<IReadOnlyList<string>> ListAsync();

        internal abstract Task<Stream> OpenConsoleAsync(string uid);

        public abstract ValueTask DisposeAsync();
    }

    /// <summary>Any driver, given how to make a launch.</summary>
    private protected sealed class DriverSubject<TLaunch>(IWorkloadDriver<TLaunch> driver, string uid, Func<Task<TLaunch>> launch, Func<ValueTask> end) : Subject
        where TLaunch : class, IDisposable
    {
        internal override string Uid => uid;

        internal override async Task<WorkloadState> StartAsync() => await driver.StartAsync(await launch(), Cancellation);

        internal override Task<WorkloadState> InspectAsync(string uid) => driver.InspectAsync(uid, Cancellation);

        internal override Task<WorkloadState> StopAsync(string uid, TimeSpan grace) => driver.StopAsync(uid, grace, Cancellation);

        internal override Task<WorkloadState> KillAsync(string uid) => driver.KillAsync(uid, Cancellation);

        internal override Task DeleteAsync(string uid) => driver.DeleteAsync(uid, Cancellation);

        internal override Task<IReadOnlyList<string>> ListAsync() => driver.ListAsync(Cancellation);

        internal override Task<Stream> OpenConsoleAsync(string uid) => driver.OpenConsoleAsync(uid, Cancellation);

        public override ValueTask DisposeAsync() => end();
    }
}
