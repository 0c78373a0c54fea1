using System.Globalization;

namespace Rempart.ApiServer.Tests.Fuzz;

/// <summary>A second or two for everything that reads what strangers send; <c>./dev bench fuzz</c> takes as long as it is told.</summary>
[Trait("level", "fuzz")]
public sealed class FuzzTests
{
    private static readonly TimeSpan OfOne = TimeSpan.FromSeconds(1.5);

    public static TheoryData<string> Targets() => [.. FuzzTargets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Whatever_comes_is_taken_or_refused(string name)
    {
        // REMPART_FUZZ_SEED repeats a run.
        var seed = int.TryParse(Environment.GetEnvironmentVariable("REMPART_FUZZ_SEED"), CultureInfo.InvariantCulture, out var told) ? told : Random.Shared.Next();
        var run = new FuzzRun(FuzzTargets.All.Single(target => target.Name == name), seed);
        run.Run(OfOne, TestContext.Current.CancellationToken);
        Assert.True(run.Inputs > 0);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void What_damage_begins_with_is_taken(string name)
    {
        var target = FuzzTargets.All.Single(target => target.Name == name);
        Assert.Contains(target.Seeds, seed => target.Read(seed));
    }

    [Fact]
    public void A_defect_is_told_with_its_seed()
    {
        var run = new FuzzRun(new FuzzTarget("broken", [[1]], _ => throw new FormatException("x")), 7);
        Assert.Contains("broken, seed 7, input ", Assert.Throws<InvalidOperationException>(() => run.One(7)).Message, StringComparison.Ordinal);
    }
}
