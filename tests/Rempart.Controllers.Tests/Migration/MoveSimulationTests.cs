using Rempart.Api.Compute;
using Rempart.Controllers.Migration;

namespace Rempart.Controllers.Tests.Migration;

/// <summary>Each party killed, late or lost at each step of a move.</summary>
public sealed class MoveSimulationTests
{
    // More steps than a move without trouble has.
    private const int Steps = 60;
    private static readonly string[] Faults = ["kill", "long", "break", "answer", "cancel", "stop", "delete", "lost", "cut"];

    [Fact]
    public void A_move_without_trouble_ends_on_the_target()
    {
        var run = new MoveSimulation();
        run.Finish();
        Assert.Equal(MigrationPhase.Completed, run.Api.Move.Status!.Phase);
        Assert.Equal(5, run.Api.Machine.Status!.RunGeneration);
        Assert.InRange(run.Log.Count(c => c == '\n'), 10, Steps);
    }

    public static TheoryData<string> EachFault => [.. Faults];

    [Theory]
    [MemberData(nameof(EachFault))]
    public void Whatever_happens_at_whichever_step_one_copy_is_left(string fault)
    {
        var (there, back) = (0, 0);
        foreach (var party in MoveSimulation.Parties)
        {
            for (var at = 0; at < Steps; at++)
            {
                var run = new MoveSimulation();
                for (var step = 0; step < at; step++) run.Step(MoveSimulation.Parties[step % 3], 0);
                Strike(run, fault, party);
                run.Finish();
                if (MigrationMarks.IsCommitted(run.Api.Move)) there++;
                else back++;
            }
        }

        Assert.True(there > 0, "no move arrived");
        Assert.True(fault is "kill" or "answer" || back > 0, "no move was given up");
    }

    [Fact]
    public void In_random_runs_one_copy_is_left()
    {
        var (there, back) = (0, 0);
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var run = new MoveSimulation();
            try
            {
                for (var step = 0; step < 120; step++)
                {
                    if (random.Next(40) == 0) Strike(run, Faults[random.Next(Faults.Length)], MoveSimulation.Parties[random.Next(3)]);
                    run.Step(MoveSimulation.Parties[random.Next(3)], random.Next(4) == 0 ? random.Next(6) : 0);
                }

                run.TargetHealth = HostStanding.Ready;
                run.Finish();
            }
            catch (Xunit.Sdk.XunitException failure)
            {
                Assert.Fail($"seed {seed}: {failure.Message}");
            }

            if (MigrationMarks.IsCommitted(run.Api.Move)) there++;
            else back++;
        }

        Assert.True(there > 500 && back > 500, $"{there} arrived, {back} were given up");
    }

    private static void Strike(MoveSimulation run, string fault, string party)
    {
        switch (fault)
        {
            case "kill": run.Away(party, 3); break;
            // Longer than the move may take.
            case "long": run.Away(party, 1500); break;
            case "break": run.Break(); break;
            case "cut": run.Cut(); break;
            case "answer": run.LosesAnswer = true; break;
            case "cancel": run.Api.Cancel(); break;
            case "stop": run.Api.Change(machine => machine with { Spec = machine.Spec with { PowerState = PowerState.Stopped } }); break;
            case "delete": run.Api.Change(machine => machine with { Metadata = machine.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch } }); break;
            case "lost": run.TargetHealth = HostStanding.Lost; break;
        }
    }
}
