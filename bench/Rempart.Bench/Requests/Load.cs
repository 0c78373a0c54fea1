using System.Diagnostics;
using Rempart.Bench.Report;

namespace Rempart.Bench.Requests;

/// <summary>Clients that each send the next request when they have the answer to the last.</summary>
internal static class Load
{
    /// <summary>Does so many things with so many clients.</summary>
    /// <param name="clients">How many at a time.</param>
    /// <param name="count">Things, numbered from 0; each is done once.</param>
    /// <param name="cpu">Seconds of processor time used so far by who answers.</param>
    /// <param name="one">Does one: its client's number and its own.</param>
    internal static async Task<LoadResult> RunAsync(int clients, int count, Func<double> cpu, Func<int, int, Task> one)
    {
        var next = -1;
        var (used, began) = (cpu(), Stopwatch.GetTimestamp());
        var all = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            List<TimeSpan> times = [];
            for (var i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
            {
                var from = Stopwatch.GetTimestamp();
                await one(client, i);
                times.Add(Stopwatch.GetElapsedTime(from));
            }

            return times;
        })));
        var took = Stopwatch.GetElapsedTime(began);
        var samples = new Samples();
        foreach (var times in all) times.ForEach(samples.Add);
        return new LoadResult(samples, took, cpu() - used);
    }
}
