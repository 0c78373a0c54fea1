using System.Globalization;
using System.Text;

namespace Rempart.ApiServer.Tests.Fuzz;

/// <summary>A second or two for everything that reads what strangers send; <c>./dev bench fuzz</c> takes as long as it is told.</summary>
[Trait("level", "fuzz")]
public sealed class FuzzTests
{
    private static readonly TimeSpan OfOne = TimeSpan.FromSeconds(1.5);

    private static readonly string[] OtherKinds = ["\"kind\":\"Event\"", "\"kind\":\"Node\"", "\"kind\":\"VirtualMachine\"", "\"managedFields\""];

    /// <summary>A part of each seed that a target refuses, in their order: of another kind or none, no field that can be selected, times.</summary>
    private static readonly Dictionary<string, string[]> Refused = new(StringComparer.Ordinal)
    {
        ["apply"] = OtherKinds,
        ["owners"] = OtherKinds,
        ["selector"] = ["a\\,b"],
        ["quantity"] = ["T00:00:00Z", "+02:00"],
    };

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
        var refused = target.Seeds.Where(seed => !target.Read(seed)).Select(Encoding.UTF8.GetString);
        Assert.Collection(refused, [.. Refused.GetValueOrDefault(name, []).Select(part => (Action<string>)(seed => Assert.Contains(part, seed, StringComparison.Ordinal)))]);
    }

    [Fact]
    public void A_defect_is_told_with_its_seed()
    {
        var run = new FuzzRun(new FuzzTarget("broken", [[1]], _ => throw new FormatException("x")), 7);
        Assert.Contains("broken, seed 7, input ", Assert.Throws<InvalidOperationException>(() => run.One(7)).Message, StringComparison.Ordinal);
    }
}
