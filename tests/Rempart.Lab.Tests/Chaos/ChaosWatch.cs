using System.Collections.Concurrent;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>Looks at the consoles of page-checking guests on all hosts, several times a second, while everything else happens.</summary>
internal sealed class ChaosWatch : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly List<Guest> _guests;
    private readonly Task _running;

    /// <param name="lab">whose hosts.</param>
    /// <param name="guests">names and uids of the machines.</param>
    public ChaosWatch(LabCluster lab, IReadOnlyDictionary<string, string> guests)
    {
        _guests = [.. guests.Select(guest => new Guest(guest.Key, [.. lab.Hosts.Select(host => new ConsoleReader(host, guest.Value))]))];
        _running = RunAsync();
    }

    /// <summary>What was seen that must not be.</summary>
    public IReadOnlyCollection<string> Wrong => _wrong;

    /// <summary>Highest round of a machine's life now.</summary>
    public long RoundOf(string machine) => _guests.First(guest => guest.Name == machine).Book.Last;

    /// <summary>How often a machine has begun, the first time included.</summary>
    public int LivesOf(string machine) => _guests.First(guest => guest.Name == machine).Book.Lives;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                foreach (var guest in _guests) guest.Read(_wrong);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // A watch that sees nothing must not pass for one that sees nothing wrong.
                _wrong.Enqueue($"the consoles can't be read: {failure.Message}");
            }
            await Task.Delay(Pause, TimeProvider.System, _stop.Token);
        }
    }

    private sealed class Guest(string name, IReadOnlyList<ConsoleReader> consoles)
    {
        public string Name => name;

        public RoundBook Book { get; } = new();

        public void Read(ConcurrentQueue<string> wrong)
        {
            foreach (var console in consoles)
            {
                foreach (var line in console.Read())
                {
                    if (Book.Read(console.Host, line) is { } said) wrong.Enqueue($"`{name}`: {said}");
                }
            }
        }
    }
}
