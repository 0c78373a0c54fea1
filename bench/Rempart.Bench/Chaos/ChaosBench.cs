using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Rempart.Bench.Report;

namespace Rempart.Bench.Chaos;

/// <summary>The lab's randomized run of the tests in its long mode: 60 steps a seed, a seed a round. A defect ends it, with its seed and step.</summary>
internal sealed class ChaosBench : IBench
{
    private const int Steps = 60;
    private const int LastWords = 30;

    public string Name => "chaos";

    public bool IsOnlyNamed => true;

    public string About => "three hosts in namespaces, machines that check themselves, and faults by chance: each runs once, and nothing is lost or left";

    public async IAsyncEnumerable<BenchTable> RunAsync(BenchSettings settings, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seed = Random.Shared.Next(1 << 30);
        settings.Progress("build the lab's tests");
        await RunAsync(settings, "dotnet", ["build", Path.Combine(settings.Checkout, "tests/Rempart.Lab.Tests"), "-c", "Release", "-nologo", "-v", "quiet", "-nodeReuse:false"], null, cancellationToken);
        var began = settings.Time.GetTimestamp();
        await RunAsync(settings, Path.Combine(settings.Checkout, "artifacts/bin/Rempart.Lab.Tests/release/Rempart.Lab.Tests"), ["-class", "*ChaosTests", "-trait", "length=long", "-showLiveOutput", "-noColor", "-noLogo"], new(StringComparer.Ordinal)
        {
            ["REMPART_CHAOS_SEED"] = Text(seed),
            ["REMPART_CHAOS_STEPS"] = Text(Steps),
            ["REMPART_CHAOS_RUNS"] = Text(settings.Rounds),
        }, cancellationToken);
        yield return new BenchTable("Faults by chance", ["first seed", "runs", "steps", "minutes", "machines that ran twice, lost pages, lost objects, remains"],
            [[Text(seed), Text(settings.Rounds), Text(settings.Rounds * Steps), settings.Time.GetElapsedTime(began).TotalMinutes.ToString("0.0", CultureInfo.InvariantCulture), "none"]]);
    }

    private static async Task RunAsync(BenchSettings settings, string program, IReadOnlyList<string> arguments, Dictionary<string, string>? environment, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, WorkingDirectory = settings.Checkout };
        foreach (var (name, value) in environment ?? []) start.Environment[name] = value;
        using var process = Process.Start(start) ?? throw new BenchException($"`{program}` did not start");
        var said = new Queue<string>();
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Contains(" [OUTPUT] ", StringComparison.Ordinal)) settings.Progress(line[(line.IndexOf(" [OUTPUT] ", StringComparison.Ordinal) + 10)..]);
            said.Enqueue(line);
            if (said.Count > LastWords) said.Dequeue();
        }
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0) throw new BenchException($"`{Path.GetFileName(program)}` ended with code {process.ExitCode}:\n{string.Join('\n', said)}");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
