using System.Collections.Concurrent;
using Rempart.Lab.Hosts;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>
/// Looks for second copies of page-checking guests on all hosts, several times a second, while everything else happens: by the rounds on their
/// consoles, by the time that their virtual processors use, by what they write to their disks.
/// </summary>
internal sealed class ChaosWatch : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly List<Guest> _guests;
    private readonly Task _running;

    /// <param name="lab">whose hosts.</param>
    /// <param name="guests">the machines.</param>
    public ChaosWatch(LabCluster lab, IEnumerable<WatchedMachine> guests)
    {
        _guests = [.. guests.Select(guest => new Guest(guest, lab.Hosts))];
        _running = RunAsync();
    }

    /// <summary>What was seen that must not be.</summary>
    public IReadOnlyCollection<string> Wrong => _wrong;

    /// <summary>What was seen of a machine so far.</summary>
    public WatchedProgress Of(string machine) => _guests.First(guest => guest.Name == machine).Progress;

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
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                // A watch that sees nothing must not pass for one that sees nothing wrong.
                _wrong.Enqueue($"the guests can't be looked at: {failure.Message}");
            }
            await Task.Delay(Pause, TimeProvider.System, _stop.Token);
        }
    }

    private sealed class Guest(WatchedMachine machine, IReadOnlyList<LabHost> hosts)
    {
        private readonly List<ConsoleReader> _consoles = [.. hosts.Select(host => new ConsoleReader(host, machine.Uid))];
        private readonly List<GuestProcesses> _processes = [.. hosts.Select(host => new GuestProcesses(host, machine.Uid))];
        private readonly List<DiaryReader> _diaries = [.. hosts.Select(host => new DiaryReader(host, machine.RootVolume))];
        private readonly RoundBook _rounds = new();
        private readonly ProcessorBook _processors = new();
        private readonly DiaryBook _diary = new();

        public string Name => machine.Name;

        public WatchedProgress Progress { get; private set; } = new(0, 0, 0, null);

        public void Read(ConcurrentQueue<string> wrong)
        {
            IEnumerable<string?> said =
            [
                .. _consoles.SelectMany(console => console.Read().Select(line => _rounds.Read(console.Host, line))),
                .. _processes.SelectMany(host => host.Read()).Select(seen => _processors.Read(seen.Process, seen.Used)),
                .. _diaries.SelectMany(diary => diary.Read().Select(entry => _diary.Read(diary.Host, entry))),
            ];
            foreach (var line in said.OfType<string>()) wrong.Enqueue($"`{machine.Name}`: {line}");
            Progress = new(_rounds.Lives, _rounds.Last, _diary.Count, _processors.Running);
        }
    }
}
