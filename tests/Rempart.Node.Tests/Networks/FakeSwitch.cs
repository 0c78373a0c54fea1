using Rempart.Node.Networks;

namespace Rempart.Node.Tests.Networks;

/// <summary>A switch that exists in memory alone.</summary>
internal sealed class FakeSwitch : INetworkDriver
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (NetworkPort Port, int Mtu)> _ports = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether OVN knows each port at once, as in a test that is not about it.</summary>
    internal bool InstalledAtOnce { get; init; } = true;

    internal IReadOnlyList<string> Uids
    {
        get
        {
            lock (_lock) return [.. _ports.Keys];
        }
    }

    internal int? MtuOf(string uid)
    {
        lock (_lock) return _ports.TryGetValue(uid, out var port) ? port.Mtu : null;
    }

    internal void Install(string uid)
    {
        lock (_lock) _ports[uid] = _ports[uid] with { Port = _ports[uid].Port with { Installed = true } };
        Tell();
    }

    public Task<NetworkPort> BindAsync(string uid, int mtu, CancellationToken cancellation)
    {
        lock (_lock)
        {
            var port = _ports.TryGetValue(uid, out var present) ? present.Port : new NetworkPort(uid, SwitchPorts.TapName(uid), "/proc/self/ns/net", VnetHeader: false, InstalledAtOnce);
            _ports[uid] = (port, mtu);
            return Task.FromResult(port);
        }
    }

    public async Task<NetworkPort> WaitInstalledAsync(string uid, TimeSpan timeout, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(timeout);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_ports.TryGetValue(uid, out var port) && port.Port.Installed) return port.Port;
                changed = _changed.Task;
            }
            try
            {
                await changed.WaitAsync(patience.Token).WaitAsync(cancellation);
            }
            catch (OperationCanceledException exception) when (patience.IsCancellationRequested)
            {
                throw new TimeoutException($"port `{uid}` is not installed", exception);
            }
        }
    }

    public Task UnbindAsync(string uid, CancellationToken cancellation)
    {
        lock (_lock) _ports.Remove(uid);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<NetworkPort>> ListAsync(CancellationToken cancellation)
    {
        lock (_lock) return Task.FromResult<IReadOnlyList<NetworkPort>>([.. _ports.Values.Select(port => port.Port)]);
    }

    private void Tell() => Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
