using FsCheck;
using FsCheck.Fluent;
using Rempart.Store.Memory;
using Xunit;

namespace Rempart.Testing.Store;

/// <summary>
/// Random sequences of commands on the store and on the memory model must tell the same. A failing run prints the seed and the
/// smallest sequence found.
/// </summary>
[Trait("level", "conformance")]
public abstract class StoreModelConformance
{
    protected abstract StoreHarness NewHarness();

    /// <summary>How many sequences a run tries.</summary>
    protected virtual int Sequences => 100;

    [Fact]
    public void A_store_does_what_the_model_does()
    {
        var numbers = Arb.From(
            Gen.ArrayOf(Gen.Choose(0, int.MaxValue - 1)),
            sequence => ArbMap.Default.ArbFor<int[]>().Shrinker(sequence).Where(smaller => Array.TrueForAll(smaller, number => number >= 0)));
        Prop.ForAll(numbers, sequence => RunAsync(sequence))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Sequences).WithEndSize(120));
    }

    private async Task RunAsync(int[] sequence)
    {
        await using var harness = NewHarness();
        await using var model = new MemoryStore();
        await using var run = new StoreModelRun(harness, model, await harness.OpenAsync(CancellationToken.None));
        await run.StartAsync();
        foreach (var number in sequence)
        {
            await run.StepAsync(number);
        }

        await run.FinishAsync();
    }
}
