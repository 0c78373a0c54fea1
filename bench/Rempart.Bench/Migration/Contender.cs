using System.Globalization;
using Rempart.Bench.Report;
using Rempart.Protocols.Qmp;

namespace Rempart.Bench.Migration;

/// <summary>A way to move a guest and what was measured of it. What befalls a peer costs its own rounds and no others.</summary>
internal sealed class Contender(IMove move, bool isPeer, BenchSettings settings)
{
    private bool _failed;

    internal Samples Pause { get; } = new();

    internal Samples Told { get; } = new();

    internal Samples Total { get; } = new();

    /// <summary>With the number of rounds where they are fewer than asked for.</summary>
    internal string Name => _failed ? $"{move.Name} ({Pause.Count.ToString(CultureInfo.InvariantCulture)} rounds)" : move.Name;

    internal bool HasRows => Pause.Count > 0;

    internal Task StartAsync(CancellationToken cancellationToken) => TryAsync(async () =>
    {
        await move.StartAsync(cancellationToken);
        await move.HoldAsync(cancellationToken);
    });

    // The others stand still: there are not many cores.
    internal Task RoundAsync(bool counts, CancellationToken cancellationToken) => TryAsync(async () =>
    {
        await move.ResumeAsync(cancellationToken);
        var times = await move.MoveAsync(cancellationToken);
        await move.HoldAsync(cancellationToken);
        if (!counts) return;
        Pause.Add(times.Pause);
        Told.Add(times.Reported);
        Total.Add(times.Total);
    });

    private async Task TryAsync(Func<Task> measure)
    {
        if (_failed) return;
        try
        {
            await measure();
        }
        catch (Exception failure) when (isPeer && failure is (BenchException or QmpException or QmpDisconnectedException))
        {
            settings.Progress($"no more of `{move.Name}`: {failure.Message}");
            _failed = true;
        }
    }
}
