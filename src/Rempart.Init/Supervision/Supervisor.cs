using Rempart.Init.Control;
using Rempart.Init.Services;

namespace Rempart.Init.Supervision;

/// <summary>All services of an instance: started in order, kept running, stopped in reverse.</summary>
internal sealed class Supervisor(string file, string runFolder, SupervisorLog log, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan LookAtLogs = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim turn = new(1, 1);
    private List<ServiceRunner> runners = [];

    internal IReadOnlyList<ServiceStatus> Status => [.. runners.Select(runner => runner.Status)];

    internal void Start() => Begin(ServiceFile.Read(file), kept: []);

    /// <summary>Bounds the logs until it is called off.</summary>
    internal async Task KeepLogsAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(LookAtLogs, time, cancellationToken);
            foreach (var runner in runners) LogBound.Keep(runner.Spec.Log!);
            // Its own, where whoever started it put it.
            foreach (var folder in runners.Select(runner => Path.GetDirectoryName(runner.Spec.Log!)!).Distinct(StringComparer.Ordinal)) LogBound.Keep(Path.Combine(folder, "init.log"));
        }
    }

    /// <exception cref="InvalidDataException">no such service.</exception>
    internal async Task RestartAsync(string name)
    {
        var runner = Find(name);
        if (runner.Status.State == ServiceState.Stopped) throw new InvalidDataException($"`{name}` is stopped; `reload` starts it");
        await runner.RestartAsync();
    }

    /// <summary>Stops one service and what depends on it not at all; the next reload starts it again.</summary>
    /// <exception cref="InvalidDataException">no such service.</exception>
    internal async Task StopAsync(string name, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            await Find(name).StopAsync();
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Reads the file again: what is gone is stopped, what is new or different is started, the rest goes on untouched.</summary>
    /// <exception cref="InvalidDataException">the file is refused and nothing was changed.</exception>
    internal async Task ReloadAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            var wanted = ServiceFile.Read(file);
            var digests = wanted.Services.Select(ServiceFile.Digest).ToHashSet(StringComparer.Ordinal);
            // One that was stopped by name starts again.
            var kept = runners.Where(runner => runner.Status.State != ServiceState.Stopped && digests.Contains(ServiceFile.Digest(runner.Spec))).ToList();
            await EndAsync([.. runners.Except(kept)]);
            Begin(wanted, kept);
        }
        finally
        {
            turn.Release();
        }
    }

    internal async Task StopAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            await EndAsync(runners);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Starts and ends nothing any more: a supervisor that comes after this one takes up what runs, by what each service wrote down of itself.</summary>
    internal async Task LeaveAsync(CancellationToken cancellationToken)
    {
        // Never given back: a reload that came now would be nobody's.
        await turn.WaitAsync(cancellationToken);
        foreach (var runner in runners) await runner.LeaveAsync(cancellationToken);
    }

    internal ControlAnswer Answer(string? error = null) => new(error, Status);

    public void Dispose()
    {
        foreach (var runner in runners) runner.Dispose();
        turn.Dispose();
    }

    private ServiceRunner Find(string name) => runners.Find(runner => runner.Spec.Name == name)
        ?? throw new InvalidDataException($"there is no service `{name}`; these exist: {string.Join(", ", runners.Select(runner => runner.Spec.Name))}");

    private void Begin(ServiceFile wanted, List<ServiceRunner> kept)
    {
        var next = new List<ServiceRunner>();
        foreach (var service in wanted.Services)
        {
            var runner = kept.Find(runner => runner.Spec.Name == service.Name)
                ?? new ServiceRunner(service, runFolder, [.. next.Where(other => service.After.Contains(other.Spec.Name, StringComparer.Ordinal))], log, time);
            next.Add(runner);
        }
        foreach (var runner in next.Except(kept)) runner.Start();
        runners = next;
    }

    private static async Task EndAsync(List<ServiceRunner> ending)
    {
        for (var index = ending.Count - 1; index >= 0; index--) await ending[index].StopAsync();
    }
}
