namespace Rempart.Bench.Migration;

/// <summary>When a guest first and last said something on its console, which comes in pieces of any length.</summary>
internal sealed class ConsoleTimes(TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private long _first;
    private long _last;
    private int _matched;
    private volatile bool _counts;

    /// <summary>A timestamp of <see cref="TimeProvider"/>; 0 when nothing was said yet.</summary>
    internal long First => Interlocked.Read(ref _first);

    /// <summary>As <see cref="First"/>.</summary>
    internal long Last => Interlocked.Read(ref _last);

    /// <summary>Takes what was just said; one piece at a time.</summary>
    internal void Heard(ReadOnlySpan<byte> piece)
    {
        var now = time.GetTimestamp();
        Interlocked.CompareExchange(ref _first, now, 0);
        Interlocked.Exchange(ref _last, now);
        if (_counts) return;
        var line = "\nT "u8;
        foreach (var said in piece)
        {
            _matched = said == line[_matched] ? _matched + 1 : said == line[0] ? 1 : 0;
            if (_matched < line.Length) continue;
            _counts = true;
            return;
        }
    }

    /// <summary>Waits for a first round of the guest, whose memory is filled by then: before it come the firmware's and the kernel's words.</summary>
    internal Task CountsAsync(string whose, CancellationToken cancellationToken) => UntilAsync($"the guest of {whose} did not count", () => _counts, cancellationToken);

    /// <summary>Waits for its first word.</summary>
    internal Task SpeaksAsync(string whose, CancellationToken cancellationToken) => UntilAsync($"the guest of {whose} said nothing behind its move", () => First != 0, cancellationToken);

    private async Task UntilAsync(string otherwise, Func<bool> condition, CancellationToken cancellationToken)
    {
        var from = time.GetTimestamp();
        while (!condition())
        {
            if (time.GetElapsedTime(from) > Patience) throw new BenchException(otherwise);
            await Task.Delay(TimeSpan.FromMilliseconds(1), time, cancellationToken);
        }
    }
}
