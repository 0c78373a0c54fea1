using System.Globalization;
using Rempart.Lab.Tests.Labs;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>Faults by chance, with a seed: no machine ever runs twice, no page or block of a guest is lost, nothing that was acknowledged is gone, nothing is left behind.</summary>
[Trait("level", "lab")]
public sealed class ChaosTests(SharedLab lab, ITestOutputHelper output)
{
    // `./dev bench chaos` asks for more, with seeds of its own.
    private static readonly int Steps = Number("REMPART_CHAOS_STEPS", 12);
    private static readonly int Seed = Number("REMPART_CHAOS_SEED", 5);
    private static readonly int Runs = Number("REMPART_CHAOS_RUNS", 1);

    [Fact]
    [Trait("length", "long")]
    public async Task Whatever_happens_each_machine_runs_once_and_nothing_is_lost_or_left()
    {
        for (var run = 0; run < Runs; run++) await new ChaosRun(lab, Seed + run, output.WriteLine).RunAsync(Steps);
    }

    [Fact]
    public void A_seed_gives_the_same_steps_again_and_one_host_at_a_time_is_in_trouble()
    {
        string[] hosts = ["host1", "host2", "host3"];
        for (var seed = 0; seed < 200; seed++)
        {
            var steps = ChaosPlan.Steps(seed, 60, hosts, ["a", "b"]);
            Assert.Equal(60, steps.Count);
            Assert.Equal(steps, ChaosPlan.Steps(seed, 60, hosts, ["a", "b"]));
            string? troubled = null;
            foreach (var words in steps.Select(step => step.Split(' ')))
            {
                if (words[0] is "freeze" or "cut" or "reboot") Assert.Null(troubled);
                if (words is ["try", "kill", ..]) Assert.NotEqual(troubled, words[2]);
                if (words[0] is "freeze" or "cut") troubled = words[1];
                if (words[0] is "thaw" or "heal") troubled = null;
            }
        }
        Assert.NotEqual(ChaosPlan.Steps(1, 60, hosts, ["a"]), ChaosPlan.Steps(2, 60, hosts, ["a"]));
    }

    [Fact]
    public void Rounds_that_two_hosts_show_are_two_copies()
    {
        var book = new RoundBook();
        foreach (var round in Enumerable.Range(1, 5)) Assert.Null(book.Read("host1", $"T {round} 0 0\r"));
        Assert.Null(book.Read("host2", "0 0"));
        Assert.Null(book.Read("host2", "T 6 0 0"));
        Assert.Null(book.Read("host1", "T 7 0 0"));
        Assert.Contains("host1 and by host2", book.Read("host2", "T 7 0 0"), StringComparison.Ordinal);
        Assert.Contains("1 bad pages", book.Read("host1", "T 8 1 0"), StringComparison.Ordinal);
        Assert.NotNull(book.Read("host1", "D 3 90 0"));
        // Begun anew
        Assert.Null(book.Read("host1", "T 1 0 0"));
        Assert.Null(book.Read("host1", "T 2 0 0"));
        Assert.Equal((2, 2), (book.Lives, book.Last));
    }

    private static int Number(string variable, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : usual;
}
