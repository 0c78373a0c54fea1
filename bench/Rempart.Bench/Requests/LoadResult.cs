using System.Globalization;
using Rempart.Bench.Report;

namespace Rempart.Bench.Requests;

/// <summary>What a load did.</summary>
/// <param name="Times">Of each request.</param>
/// <param name="Took">All of them together.</param>
/// <param name="CpuSeconds">Processor time of the process that answered.</param>
internal sealed record LoadResult(Samples Times, TimeSpan Took, double CpuSeconds)
{
    internal static IReadOnlyList<string> Columns { get; } = ["requests/s", "p50 ms", "p99 ms", "CPU µs a request"];

    internal double CpuMicroseconds => CpuSeconds * 1e6 / Times.Count;

    /// <summary>Cells for <see cref="Columns"/>.</summary>
    internal IEnumerable<string> Cells() =>
        [Whole(Times.Count / Took.TotalSeconds), Samples.Fine(Times.Median), Samples.Fine(Times.Quantile(0.99)), Whole(CpuMicroseconds)];

    private static string Whole(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
