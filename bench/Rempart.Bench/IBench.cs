using Rempart.Bench.Report;

namespace Rempart.Bench;

/// <summary>One bench: it measures against a peer in the same run and asserts no time. A new one is a line in <see cref="Benches"/>.</summary>
internal interface IBench
{
    /// <summary>As in `./dev bench NAME`: lower case and dashes.</summary>
    string Name { get; }

    /// <summary>One line: what is compared with what.</summary>
    string About { get; }

    /// <summary>Whether it runs only when it is named: it takes long, and compares nothing.</summary>
    bool IsOnlyNamed => false;

    /// <summary>Measures, and takes away what it made. A table is told as soon as it is whole: what fails afterwards does not cost it.</summary>
    /// <exception cref="BenchException">What it needs is not there; says what to do.</exception>
    IAsyncEnumerable<BenchTable> RunAsync(BenchSettings settings, CancellationToken cancellationToken);
}
