using Rempart.Init.Services;

namespace Rempart.Init.Supervision;

/// <summary>Keeps one service running.</summary>
internal sealed class ServiceRunner : IDisposable
{
    private static readonly TimeSpan Ask = TimeSpan.FromMilliseconds(250);
    private readonly string stampPath;
    private readonly IReadOnlyList<ServiceRunner> before;
    private readonly SupervisorLog log;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stopping = new();
    // Held from the look for a process of before until the new one has written down what it is.
    private readonly SemaphoreSlim starting = new(1, 1);
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    // Cancelled by whoever asks for a restart, and replaced when it was heard; never disposed, since they may come at any time.
    private volatile CancellationTokenSource again = new();
    private ServiceProcess? process;
    private Task? loop;
    private volatile ServiceStatus status;

    /// <param name="spec">the service.</param>
    /// <param name="runFolder">where its stamp lies.</param>
    /// <param name="before">those that it comes after.</param>
    /// <param name="log">told of its states.</param>
    /// <param name="time">the clock.</param>
    internal ServiceRunner(ServiceSpec spec, string runFolder, IReadOnlyList<ServiceRunner> before, SupervisorLog log, TimeProvider time)
    {
        Spec = spec;
        stampPath = StampPath(runFolder, spec.Name);
        this.before = before;
        this.log = log;
        this.time = time;
        status = new ServiceStatus(spec.Name, ServiceState.Waiting, Pid: null, Restarts: 0, time.GetUtcNow(), Message: null);
    }

    internal ServiceSpec Spec { get; }

    internal ServiceStatus Status => status;

    /// <summary>Completes when the service was ready for the first time.</summary>
    internal Task WasReady => ready.Task;

    internal static string StampPath(string runFolder, string name) => Path.Combine(runFolder, name + ".pid");

    internal void Start() => loop = RunAsync(stopping.Token);

    /// <summary>Ends its process and starts it anew at once.</summary>
    internal Task RestartAsync() => again.CancelAsync();

    /// <summary>Returns when no start is under way, and none will be.</summary>
    internal Task LeaveAsync(CancellationToken cancellationToken) => starting.WaitAsync(cancellationToken);

    internal async Task StopAsync()
    {
        await stopping.CancelAsync();
        if (loop is not null) await loop;
        Set(ServiceState.Stopped);
    }

    public void Dispose()
    {
        process?.Dispose();
        stopping.Dispose();
        starting.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        try
        {
            foreach (var runner in before) await runner.WasReady.WaitAsync(stop);
            TimeSpan? pause = null;
            while (true)
            {
                var (state, message) = await OnceAsync(stop);
                var served = status is { State: ServiceState.Ready } last ? time.GetUtcNow() - last.Since : TimeSpan.Zero;
                Set(state, message);
                pause = state == ServiceState.Done ? Timeout.InfiniteTimeSpan : Backoff.Next(pause, served);
                if (await AgainAsync(pause.Value, stop)) pause = null;
                status = status with { Restarts = status.Restarts + 1 };
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    // True when somebody asked for a restart before the pause was over.
    private async Task<bool> AgainAsync(TimeSpan pause, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, again.Token);
        try
        {
            await Task.Delay(pause, time, either.Token);
            return false;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            again = new CancellationTokenSource();
            return true;
        }
    }

    // One run from start, or adoption, to end.
    private async Task<(ServiceState State, string? Message)> OnceAsync(CancellationToken stop)
    {
        process?.Dispose();
        process = null;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, again.Token);
        try
        {
            process = await AdoptOrStartAsync(either.Token);
            Set(ServiceState.Starting);
            return await FollowAsync(process, either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            if (process is not null) await process.StopAsync(TimeSpan.FromSeconds(Spec.StopSeconds), time, CancellationToken.None);
            stop.ThrowIfCancellationRequested();
            return (ServiceState.Failed, "restart was asked for");
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or IOException or UnauthorizedAccessException)
        {
            return (ServiceState.Failed, $"can't be started: {exception.Message}");
        }
    }

    private async Task<ServiceProcess> AdoptOrStartAsync(CancellationToken cancellationToken)
    {
        await starting.WaitAsync(cancellationToken);
        try
        {
            if (ServiceProcess.Adopt(Spec, stampPath) is { } adopted) return adopted;
            // One of an earlier supervisor that was started in another way than the service is now.
            await ServiceProcess.EndAsync(stampPath, TimeSpan.FromSeconds(Spec.StopSeconds), time, CancellationToken.None);
            return await ServiceProcess.StartAsync(Spec, stampPath, time, CancellationToken.None);
        }
        finally
        {
            starting.Release();
        }
    }

    private async Task<(ServiceState State, string? Message)> FollowAsync(ServiceProcess running, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var end = running.WaitAsync(time, cancellationToken);
        if (!Spec.Oneshot)
        {
            var probe = BecomesReadyAsync(ended.Token);
            if (await Task.WhenAny(end, probe) == probe && !await probe)
            {
                await running.StopAsync(TimeSpan.FromSeconds(Spec.StopSeconds), time, CancellationToken.None);
                return (ServiceState.Failed, $"was not ready within {Spec.Ready!.WithinSeconds} s; its log is `{Spec.Log}`");
            }
        }
        var code = await end;
        await ended.CancelAsync();
        if (!Spec.Oneshot || code != 0) return (ServiceState.Failed, code is { } known ? $"ended with code {known}; its log is `{Spec.Log}`" : $"ended; its log is `{Spec.Log}`");
        ready.TrySetResult();
        return (ServiceState.Done, null);
    }

    private async Task<bool> BecomesReadyAsync(CancellationToken cancellationToken)
    {
        if (Spec.Ready is { } spec)
        {
            var limit = time.GetUtcNow() + TimeSpan.FromSeconds(spec.WithinSeconds);
            while (!await Readiness.AskAsync(spec, cancellationToken))
            {
                if (time.GetUtcNow() >= limit) return false;
                await Task.Delay(Ask, time, cancellationToken);
            }
        }
        Set(ServiceState.Ready);
        ready.TrySetResult();
        return true;
    }

    private void Set(ServiceState state, string? message = null)
    {
        var runs = state is ServiceState.Starting or ServiceState.Ready;
        status = status with { State = state, Pid = runs ? process?.Stamp.Pid : null, Since = time.GetUtcNow(), Message = message };
        log.Changed(status);
    }
}
