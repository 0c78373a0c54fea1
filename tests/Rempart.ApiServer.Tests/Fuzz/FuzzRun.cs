using System.Diagnostics;
using System.Globalization;

namespace Rempart.ApiServer.Tests.Fuzz;

/// <summary>Throws damaged inputs at a target for a while.</summary>
/// <param name="Target">The target.</param>
/// <param name="Seed">The first input's; the next one's is one more, so that any of them can be made again by itself.</param>
internal sealed record FuzzRun(FuzzTarget Target, int Seed)
{
    // An input has at most 64 KiB: what costs more than this grows faster than its input.
    private const long MostBytes = 256 * 1024 * 1024;

    public int Inputs { get; private set; }

    public int Taken { get; private set; }

    /// <summary>Longest time that an input took, in milliseconds; for people.</summary>
    public double Slowest { get; private set; }

    /// <summary>Most memory that an input made be allocated, in bytes.</summary>
    public long Largest { get; private set; }

    /// <exception cref="InvalidOperationException">A defect, with its seed and input.</exception>
    public void Run(TimeSpan time, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < time && !cancellationToken.IsCancellationRequested) One(unchecked(Seed + Inputs));
    }

    /// <summary>The input of one seed.</summary>
    public void One(int seed)
    {
        var input = FuzzMutator.Damage(Target.Seeds, new Random(seed));
        var (began, before) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
        try
        {
            if (Target.Read(input)) Taken++;
        }
        catch (Exception defect)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{Target.Name}, seed {seed}, input {Convert.ToBase64String(input)}: {defect.GetType().Name}: {defect.Message}"), defect);
        }

        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        if (bytes > MostBytes) throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{Target.Name}, seed {seed}, input {Convert.ToBase64String(input)}: {bytes} bytes for an input of {input.Length}"));
        (Inputs, Slowest, Largest) = (Inputs + 1, Math.Max(Slowest, Stopwatch.GetElapsedTime(began).TotalMilliseconds), Math.Max(Largest, bytes));
    }
}
