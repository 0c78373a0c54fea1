namespace Rempart.Lab.Tests.Chaos;

/// <summary>
/// What the time that a guest's virtual processors have used on all hosts says of how many copies run; pure. While a machine moves it has two
/// processes, of which one stands still: its processors use no time. Once the target has run, the source must never run again.
/// </summary>
internal sealed class ProcessorBook
{
    /// <summary>Less than this is QEMU's own: a target that waits for its guest has used 1 ms, a guest that runs uses more in a second.</summary>
    internal static readonly TimeSpan Least = TimeSpan.FromMilliseconds(20);

    // Of those that another one has run after: how much they had used when that was seen, once they were looked at since.
    private readonly Dictionary<GuestProcess, TimeSpan?> _past = [];

    /// <summary>Who ran last; null before anyone did.</summary>
    public GuestProcess? Running { get; private set; }

    /// <summary>Looks at a process.</summary>
    /// <param name="process">which.</param>
    /// <param name="used">by its virtual processors, since it began.</param>
    /// <returns>What is wrong; null when nothing is.</returns>
    public string? Read(GuestProcess process, TimeSpan used)
    {
        if (_past.TryGetValue(process, out var then))
        {
            // Between the looks before it may have run for as long as it was its turn: what counts is what comes from here on.
            if (then is null) _past[process] = used;
            return then is { } before && used - before > Least
                ? $"{process} has run for {(used - before).TotalMilliseconds:0} ms while {Running} had the guest: two copies run"
                : null;
        }
        if (used < Least || Running == process) return null;
        if (Running is { } source) _past[source] = null;
        Running = process;
        return null;
    }
}
